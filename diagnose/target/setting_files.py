"""Files with settings, by their endings: properties, YAML, JSON, TOML, flattened to names joined by dots."""

import re
import tomllib
from collections.abc import Iterator

import msgspec

LONGEST_FILE, LONGEST_YAML, MOST_NODES = 200_000, 40_000, 5_000
_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*(?P<value>[^\n]*)")
# Only files that name what is searched are worth being parsed.
_ABOUT = re.compile(r"temporal|task.?queue|datasource|database|postgres|jdbc:|\bdb[._]", re.IGNORECASE)


def flattened(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Yields names and values of a file's settings; none of a file without settings of interest, or an invalid one."""
    if len(text) > LONGEST_FILE or not _ABOUT.search(text):
        return
    ending = path.rpartition(".")[2].lower()
    yield from _pairs(ending, text)


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


def _pairs(ending: str, text: str) -> Iterator[tuple[str, str]]:
    if ending in {"properties", "env", "conf", "ini"}:
        for hit in filter(None, map(_LINE.match, text.splitlines())):
            yield hit["name"], hit["value"].strip().strip("\"'")
    elif ending in {"yaml", "yml", "json", "toml"}:
        yield from _flat(_parsed(ending, text))


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
    """Yields the leaves of nested data; references can make a short text a large object, so the nodes are limited."""
    nodes: list[tuple[str, object]] = [("", plain)]
    for _ in range(MOST_NODES):
        if not nodes:
            return
        name, node = nodes.pop()
        if isinstance(node, dict):
            nodes += [(f"{name}.{key}" if name else str(key), value) for key, value in list(node.items())[::-1]]
        elif isinstance(node, list):
            nodes += [(name, value) for value in node[::-1]]
        elif isinstance(node, str | int | float) and name:
            yield name, str(node).lower() if isinstance(node, bool) else str(node)
