"""Completion of names in a shell; fast enough for a key press: little is imported, and a cluster has a second."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from diagnose.queries.cluster_access import ClusterAccess

# Folders of `checks` that hold something else.
_OTHERS = {"signatures", "profiles", "demo", "runbook"}
CLUSTER_S = 1.0
"""How long the cluster may take."""
KINDS = {
    "namespace": ("/api/v1", "namespaces"),
    "pod": ("/api/v1", "pods"),
    "deployment": ("/apis/apps/v1", "deployments"),
    "statefulset": ("/apis/apps/v1", "statefulsets"),
    "daemonset": ("/apis/apps/v1", "daemonsets"),
    "job": ("/apis/batch/v1", "jobs"),
    "cronjob": ("/apis/batch/v1", "cronjobs"),
}
"""The kinds whose names are completed, with their API groups."""


Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completing(names: Callable[[click.Context], Iterable[str]]) -> Completion:
    """Returns the completion of an option or argument with names that are determined on a key press."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
        return [CompletionItem(name) for name in names(ctx) if name.startswith(incomplete)]

    return complete


def _checks() -> Iterator[str]:
    """Yields the topics and ids of checks, from the names of files."""
    topics_known = list(_topics())
    yield from (each.name for each in topics_known)
    yield from (f"{topic.name}.{name}" for topic in topics_known for name in _check_names(topic))


def _codes() -> Iterable[str]:
    from diagnose.cli import descriptions
    from diagnose.cli.catalogue import catalogue

    return descriptions.all_names(catalogue())


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


def _contexts(ctx: click.Context) -> Iterator[str]:
    import yaml

    from diagnose.sources.kubernetes.kubeconfig import paths_of

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in paths_of(_access(ctx)):
        try:
            # Parsed directly: importing the Kubernetes client is too slow for a key press.
            known: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
            yield from (str(each["name"]) for each in known["contexts"])
        except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
            continue


def _access(ctx: click.Context) -> ClusterAccess:
    given = ctx.params
    return ClusterAccess(
        kubeconfig=str(given.get("kubeconfig") or ""),
        user=given.get("as_user") or "",
        groups=tuple(given.get("as_groups") or ()),
    )


def objects(kind: str) -> Completion:
    """Returns the completion with the names of a kind's objects in the cluster; nothing where it does not answer."""

    def listed(ctx: click.Context) -> Iterable[str]:
        # A key press shows no error.
        with suppress(Exception):
            from diagnose.sources.kubernetes.api import Cluster
            from diagnose.sources.kubernetes.names import names_of

            ends_at = time.monotonic() + CLUSTER_S
            cluster = Cluster.connect(ctx.params.get("context"), CLUSTER_S, _access(ctx))
            namespace = "" if kind == "namespace" else ctx.params.get("namespace") or cluster.namespace
            return names_of(cluster, *KINDS[kind], namespace, ends_at - time.monotonic())
        return ()

    return _completing(listed)


def formats(known: Iterable[str]) -> Completion:
    """Returns the completion with formats of a report."""
    names = tuple(known)
    return _completing(lambda _: names)


checks = _completing(lambda _: _checks())
topics = _completing(lambda _: (each.name for each in _topics()))
codes = _completing(lambda _: _codes())
profiles = _completing(lambda _: _names(_folder() / "profiles", ".toml"))
incidents = _completing(lambda _: _names(_folder() / "demo", ".diag"))
contexts = _completing(lambda ctx: dict.fromkeys(_contexts(ctx)))
namespaces = objects("namespace")
