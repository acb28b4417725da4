"""Scripts that containers run: those from ConfigMaps with their interpreters, and what they leave in the background."""

import shlex
from itertools import takewhile

import msgspec

from diagnose.check.api import Context
from diagnose.resources import ConfigMap, Container, Pod
from diagnose.text.patterns import lazy

_INTERPRETER = lazy(r"#![ \t]*(?P<path>\S+)")
_PREFIXES = frozenset({"exec", "nohup", "setsid"})
_SEPARATORS = frozenset("();&|")
_ASSIGNMENT = lazy(r"\w+=")


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A script of a ConfigMap.

    Attributes:
        name, key: the ConfigMap, and its key with the script.
        interpreter: what its first line names.
    """

    name: str
    key: str
    interpreter: str


def mounted_script(ctx: Context, pod: Pod, path: str) -> Script | None:
    """Returns the script of a ConfigMap that a file of a pod's main container is; None for any other file."""
    mount = ctx.target.worker_container(pod).mount_at(path)
    volume = next((each for each in pod.spec.volumes if mount and each.name == mount.name), None)
    if mount is None or volume is None or volume.config_map is None:
        return None
    key = mount.sub_path or path.removeprefix(mount.mount_path).strip("/")
    listed = ctx.detail(lambda: ctx.list(ConfigMap, ctx.target.namespace)) or ()
    data = next((each.data for each in listed if each.name == volume.config_map.name), {})
    named = _INTERPRETER.match(data.get(key, ""))
    return Script(name=volume.config_map.name, key=key, interpreter=named["path"]) if named else None


def left_in_background(container: Container) -> str:
    """Returns the program that the script of a container starts last and does not wait for; "" for none."""
    script = next(iter((*container.command, *container.args)[-1:]), "").strip()
    words = shlex.shlex(script.splitlines()[-1] if script else "", posix=True, punctuation_chars=True)
    try:
        found = [word for each in words if (word := each.rstrip(")"))]
    except ValueError:  # it ends within quotes
        return ""
    if found[-1:] != ["&"]:
        return ""
    statement = list(takewhile(lambda each: not set(each) <= _SEPARATORS, reversed(found[:-1])))
    own = (each for each in reversed(statement) if each not in _PREFIXES and not _ASSIGNMENT.match(each))
    return next(own, "").rpartition("/")[2]
