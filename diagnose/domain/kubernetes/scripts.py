"""Scripts that containers have from ConfigMaps, and the interpreters that their first lines name."""

import re

import msgspec

from diagnose.check.api import Context
from diagnose.resources import ConfigMap, Pod

_INTERPRETER = re.compile(r"#![ \t]*(?P<path>\S+)")


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
