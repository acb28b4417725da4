"""Files with settings, by their endings: properties, YAML, JSON, TOML, flattened to names joined by dots."""

import re
import tomllib
from collections.abc import Iterator
from itertools import islice

import msgspec

from diagnose.text.patterns import lazy

LONGEST_FILE, LONGEST_YAML = 200_000, 40_000
MOST_NODES, DEEPEST, LONGEST_NAME = 5_000, 50, 500
_LINE = lazy(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*(?P<value>[^\n]*)")
# Only files that name what is searched are worth being parsed.
_ABOUT = lazy(r"temporal|task.?queue|datasource|database|postgres|jdbc:|\bdb[._]", re.IGNORECASE)


def flattened(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Yields names and values of a file's settings; none of a file without settings of interest, or an invalid one."""
    if len(text) > LONGEST_FILE or not _ABOUT.search(text):
        return
    ending = path.rpartition(".")[2].lower()
    if ending in {"properties", "env", "conf", "ini"}:
        for hit in filter(None, map(_LINE.match, text.splitlines())):
            yield hit["name"], hit["value"].strip().strip("\"'")
    elif ending in {"yaml", "yml", "json", "toml"}:
        yield from _flat(_parsed(ending, text))


def of_profile(text: str, profile: str) -> Iterator[tuple[str, str]]:
    """Yields the settings of a profile in the file of the SDKs' environment configuration, with names of their own."""
    plain = _parsed("toml", text)
    profiles = plain.get("profile", {}) if isinstance(plain, dict) else {}
    chosen = profiles.get(profile or "default") if isinstance(profiles, dict) else None
    for name, value in _flat(chosen if isinstance(chosen, dict) else {}):
        if name == "tls.disabled":
            yield "temporal.tls", "false" if value == "true" else "true"
        else:
            yield f"temporal.{name}", value


def _parsed(ending: str, text: str) -> object:
    """Returns the data of a file, None of an invalid one."""
    try:
        if ending == "toml":
            return tomllib.loads(text)
        return msgspec.json.decode(text) if ending == "json" else _of_yaml(text)
    except (ValueError, RecursionError):
        return None


def _of_yaml(text: str) -> object:
    if len(text) > LONGEST_YAML:
        return None
    # YAML is slow to import, and hardly any target needs it.
    import yaml

    try:
        return list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return None


def _flat(plain: object) -> Iterator[tuple[str, str]]:
    """Yields the leaves of nested data, in order."""
    for name, node in islice(_nodes("", plain, 0), MOST_NODES):
        if isinstance(node, str | int | float) and name:
            yield name, str(node).lower() if isinstance(node, bool) else str(node)


def _nodes(name: str, node: object, depth: int) -> Iterator[tuple[str, object]]:
    """Yields the nodes of nested data; references can make it endless, so depth and names are limited."""
    yield name, node
    if depth == DEEPEST or len(name) > LONGEST_NAME:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _nodes(f"{name}.{key}" if name else str(key), value, depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(name, value, depth + 1)
