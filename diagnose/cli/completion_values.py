"""Completion of names in a shell; fast enough for a key press, so no cluster is queried and little is imported."""

import os
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

# Folders of `checks` that hold something else.
_OTHERS = {"signatures", "profiles", "demo", "runbook"}


def _completing(names: Callable[[], Iterable[str]]) -> Callable[..., list[CompletionItem]]:
    """Returns the completion of an option or argument with names that are determined on a key press."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]

    return complete


def _checks() -> Iterator[str]:
    """Yields the topics and ids of checks, from the names of files."""
    topics_known = list(_topics())
    yield from (each.name for each in topics_known)
    yield from (f"{topic.name}.{name}" for topic in topics_known for name in _check_names(topic))


def _codes() -> Iterable[str]:
    from diagnose.cli import assembly, descriptions

    return descriptions.all_names(assembly.catalogue())


def _formats() -> Iterable[str]:
    from reports import RENDERERS

    return RENDERERS


def _folder() -> Path:
    """Returns the folder of `checks` without importing it."""
    spec = find_spec("checks")
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations or ()), "."))


def _topics() -> Iterator[Path]:
    for each in sorted(_folder().iterdir()):
        if (each / "__init__.py").exists() and each.name not in _OTHERS:
            yield each


def _check_names(topic: Path) -> list[str]:
    """Returns the names of a topic's checks: its files, and the packages of large ones."""
    packages = (each.parent.name.replace("_", "-") for each in topic.glob("*/__init__.py"))
    return sorted((*_names(topic, ".py"), *packages))


def _names(folder: Path, ending: str) -> list[str]:
    """Returns the names of a folder's files in the spelling of ids."""
    found = (each.name for each in folder.glob(f"*{ending}") if not each.name.startswith("_"))
    return sorted(each.removesuffix(ending).replace("_", "-") for each in found)


def _contexts() -> Iterator[str]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in os.environ.get("KUBECONFIG", "~/.kube/config").split(os.pathsep):
        try:
            # Parsed directly: importing the Kubernetes client is too slow for a key press.
            known: Any = yaml.load(Path(path).expanduser().read_text(encoding="utf-8"), Loader=loader)
            yield from (str(each["name"]) for each in known["contexts"])
        except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
            continue


checks = _completing(_checks)
topics = _completing(lambda: (each.name for each in _topics()))
codes = _completing(_codes)
reports = _completing(_formats)
profiles = _completing(lambda: _names(_folder() / "profiles", ".toml"))
incidents = _completing(lambda: _names(_folder() / "demo", ".diag"))
contexts = _completing(lambda: dict.fromkeys(_contexts()))
