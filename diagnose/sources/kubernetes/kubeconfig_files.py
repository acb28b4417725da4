"""The files of a kubeconfig, merged as kubectl merges them.

The client's own merger takes the current context of the last file, not of the first, and its errors quote what the
files have, credentials included.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from diagnose.text.characters import one_line
from diagnose.text.sentences import listed, suggestions, truncate

DETAIL = 200
SHOWN = 12
"""The maximum number of contexts that a message lists."""


class ClusterConfigError(Exception):
    """There is no usable configuration of a cluster; the message has the reason, `step` what to do next."""

    def __init__(self, reason: str, step: str = "correct it, or name another kubeconfig with --kubeconfig") -> None:
        super().__init__(reason)
        self.step = step


class NoKubeconfigError(ClusterConfigError):
    """There is no kubeconfig at all, and this process is in no cluster."""


class Entry(msgspec.Struct, frozen=True):
    """A cluster, a context or a user.

    Attributes:
        value: its content, without the name.
        file: the file that has it, which relative paths refer to.
    """

    name: str
    value: dict[str, Any]
    file: Path


class Merged(msgspec.Struct):
    """The entries of all files by name; of several with one name, and of the current contexts, the first one counts."""

    paths: str
    current: str = ""
    clusters: dict[str, Entry] = msgspec.field(default_factory=dict)
    contexts: dict[str, Entry] = msgspec.field(default_factory=dict)
    users: dict[str, Entry] = msgspec.field(default_factory=dict)


class Chosen(msgspec.Struct, frozen=True):
    """A context with its cluster and its user, None for nobody."""

    context: Entry
    cluster: Entry
    user: Entry | None

    @property
    def namespace(self) -> str:
        """The namespace of the context."""
        return str(self.context.value.get("namespace") or "default")


def load(paths: Iterable[Path]) -> Merged:
    """Returns the merged content of files.

    Raises:
        ClusterConfigError: one cannot be read, or is no kubeconfig.
    """
    paths = tuple(paths)
    merged = Merged(paths=", ".join(map(str, paths)))
    for path in paths:
        plain = _plain(path)
        merged.current = merged.current or str(plain.get("current-context") or "")
        for kind in ("cluster", "context", "user"):
            known: dict[str, Entry] = getattr(merged, f"{kind}s")
            for each in _entries(path, plain, kind):
                known.setdefault(each.name, each)
    return merged


def _plain(path: Path) -> dict[str, Any]:
    import yaml

    try:
        plain = yaml.safe_load(path.read_bytes().decode())
    except OSError as error:
        raise _unusable(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise _unusable(f"{path} is no text in UTF-8: {error.reason} at byte {error.start}") from error
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        line = f", line {mark.line + 1}," if mark else ""
        # The whole message quotes the line, which may have a credential.
        raise _unusable(f"{path}{line} is no YAML: {truncate(one_line(problem or 'unreadable'), DETAIL)}") from error
    except (ValueError, RecursionError) as error:
        raise _unusable(f"{path} is no YAML of a kubeconfig") from error
    if plain is None:
        return {}
    if not isinstance(plain, dict):
        found = {"str": "plain text", "list": "a list"}.get(type(plain).__name__, "a number")
        raise _unusable(f"{path} is {found}, not a kubeconfig")
    return plain


def _entries(path: Path, plain: dict[str, Any], kind: str) -> Iterable[Entry]:
    found = plain.get(f"{kind}s") or []
    if not isinstance(found, list):
        raise _unusable(f"{path}: {kind}s is no list")
    for each in found:
        value = each.get(kind) if isinstance(each, dict) else None
        if not isinstance(each, dict) or not each.get("name") or not isinstance(value or {}, dict):
            raise _unusable(f"{path}: {kind}s has an entry without a name, or of another structure")
        yield Entry(str(each["name"]), value or {}, path)


def choose(merged: Merged, name: str | None) -> Chosen:
    """Returns a context, or the current one.

    Raises:
        ClusterConfigError: it does not exist, or lacks its cluster or user.
    """
    if not merged.contexts:
        raise _unusable(f"{merged.paths} has no context")
    chosen, names = name or merged.current, listed(merged.contexts, SHOWN)
    if not chosen:
        raise _unusable(f"{merged.paths} has no current context", f"choose one with --context: {names}")
    context = merged.contexts.get(chosen)
    if context is None:
        similar = suggestions(chosen, merged.contexts)
        origin = "" if name else ", which it names as the current one"
        raise _unusable(
            f"{merged.paths} has no context {chosen!r}{origin}{similar}", f"choose one with --context: {names}"
        )
    cluster = _part(merged, context, "cluster")
    if not cluster:
        raise _unusable(f"context {chosen} of {merged.paths} names no cluster")
    return Chosen(context, cluster, _part(merged, context, "user"))


def _part(merged: Merged, context: Entry, kind: str) -> Entry | None:
    name = str(context.value.get(kind) or "")
    found: Entry | None = getattr(merged, f"{kind}s").get(name)
    if name and found is None:
        raise _unusable(f"context {context.name} names the {kind} {name!r}, which {merged.paths} does not have")
    return found


def _unusable(reason: str, step: str = "") -> ClusterConfigError:
    text = f"no usable kubeconfig: {reason}"
    return ClusterConfigError(text, step) if step else ClusterConfigError(text)
