"""Files of Secrets and ConfigMaps in containers: which user may read them, by their modes, owner and group."""

import re
from collections.abc import Iterator

import msgspec

from diagnose.resources import ConfigMap, Container, Pod, Volume, VolumeMount
from diagnose.resources.pods import FILE_MODE, KeyToPath
from diagnose.text.patterns import lazy

_ASSIGNED = lazy(r"^[ \t]*+(?:export[ \t]++)?(?P<name>[A-Za-z_][\w.-]{2,80}+)[ \t]*+[=:]", re.MULTILINE)
_BY_OTHERS, _BY_GROUP = 0o004, 0o040


class FileSource(msgspec.Struct, frozen=True, kw_only=True):
    """A Secret or ConfigMap of which a volume has files, with the items that it names."""

    kind: str
    name: str
    items: tuple[KeyToPath, ...]

    @property
    def label(self) -> str:
        """As a sentence names it."""
        return f"{self.kind} {self.name}"


class MountedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a volume that a container mounts.

    Attributes:
        mode: the most restrictive one of its files, which belong to root.
        by_item: whether an item sets it, and not the volume.
    """

    mount: VolumeMount
    sources: tuple[FileSource, ...]
    mode: int
    by_item: bool

    @property
    def path(self) -> str:
        """Where they are."""
        return self.mount.mount_path

    def readable(self, pod: Pod, container: Container, user: int | None) -> bool | None:
        """Whether a user may read them in the container; None where that depends on the image."""
        of_pod, own = pod.spec.security_context, container.security_context
        # With a group for volumes the kubelet gives them to it, and lets it read them.
        if self.mode & _BY_OTHERS or user == 0 or of_pod.fs_group is not None:
            return True
        group = of_pod.run_as_group if own.run_as_group is None else own.run_as_group
        if self.mode & _BY_GROUP and (group in {0, None} or 0 in of_pod.supplemental_groups):
            return None if group is None else True
        non_root = of_pod.run_as_non_root if own.run_as_non_root is None else own.run_as_non_root
        return False if user is not None or non_root else None


def mounted_files(pod: Pod, container: Container) -> Iterator[MountedFiles]:
    """Yields the files of Secrets and ConfigMaps that a container mounts."""
    volumes = {each.name: each for each in pod.spec.volumes}
    for mount in container.volume_mounts:
        volume = volumes.get(mount.name)
        if volume and (sources := tuple(_sources(volume))):
            default = _default_mode(volume)
            modes = {default if item.mode is None else item.mode for each in sources for item in each.items} or {
                default
            }
            mode = min(modes, key=lambda each: (each & _BY_OTHERS, each & _BY_GROUP))
            yield MountedFiles(mount=mount, sources=sources, mode=mode, by_item=mode != default)


def _sources(volume: Volume) -> Iterator[FileSource]:
    if volume.secret:
        yield FileSource(kind="Secret", name=volume.secret.secret_name, items=volume.secret.items)
    if volume.config_map:
        yield FileSource(kind="ConfigMap", name=volume.config_map.name, items=volume.config_map.items)
    for each in volume.projected.sources if volume.projected else ():
        if each.secret:
            yield FileSource(kind="Secret", name=each.secret.name, items=each.secret.items)
        if each.config_map:
            yield FileSource(kind="ConfigMap", name=each.config_map.name, items=each.config_map.items)


def _default_mode(volume: Volume) -> int:
    given = volume.secret or volume.config_map or volume.projected
    return given.default_mode if given else FILE_MODE


def names_in(found: ConfigMap) -> frozenset[str]:
    """Returns the names of the settings in a ConfigMap: its keys, and what the texts of its files assign."""
    assigned = (hit["name"] for text in found.data.values() for hit in _ASSIGNED.finditer(text[:100_000]))
    return frozenset((*found.data, *assigned))
