"""References to Secrets and ConfigMaps: what the kubelet does not find, and which variables need it. Pure."""

import re

from diagnose.probes.objects import Container

_OBJECT = re.compile(r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found', re.IGNORECASE)
_KEY = re.compile(r"couldn't find key (?P<key>\S+) in (?P<kind>Secret|ConfigMap) [^/\s]+/(?P<name>\S+)")


def missing_in(message: str) -> tuple[str, str, str] | None:
    """Kind, name and key of what the kubelet does not find; no key where the whole object is missing."""
    if found := _KEY.search(message):
        return found["kind"].lower(), found["name"], found["key"]
    if found := _OBJECT.search(message):
        return found["kind"].lower(), found["name"], ""
    return None


def variables_from(container: Container | None, name: str, key: str) -> str:
    """The variables that are taken from there, in words."""
    found = []
    for variable in container.env if container else ():
        source = variable.value_from
        reference = (source.secret_key_ref or source.config_map_key_ref) if source else None
        if reference and reference.name == name and key in {"", reference.key}:
            found.append(variable.name)
    return ", ".join(found[:3]) or "a variable"
