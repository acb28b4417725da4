"""Which Secrets and ConfigMaps a pod cannot start without, and of which keys of them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.resources import Container, PodSpec


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A Secret or ConfigMap, and the keys without which a container is not started."""

    kind: str
    name: str
    keys: tuple[str, ...] = ()


def wanted(spec: PodSpec) -> tuple[Wanted, ...]:
    """What a pod refers to and may not be missing."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind, name, key in _references(spec):
        keys = found.setdefault((kind, name), [])
        if key and key not in keys:
            keys.append(key)
    return tuple(Wanted(kind=kind, name=name, keys=tuple(keys)) for (kind, name), keys in found.items())


def has(spec: PodSpec, reference: Wanted) -> bool:
    """Whether a pod refers to the same, and to all those keys."""
    return any(
        (each.kind, each.name) == (reference.kind, reference.name) and set(reference.keys) <= set(each.keys)
        for each in wanted(spec)
    )


def _references(spec: PodSpec) -> Iterator[tuple[str, str, str]]:
    for container in (*spec.init_containers, *spec.containers):
        yield from _of_container(container)
    for volume in spec.volumes:
        if volume.secret and not volume.secret.optional and volume.secret.secret_name:
            yield "Secret", volume.secret.secret_name, ""
        if volume.config_map and not volume.config_map.optional and volume.config_map.name:
            yield "ConfigMap", volume.config_map.name, ""


def _of_container(container: Container) -> Iterator[tuple[str, str, str]]:
    for variable in container.env:
        source = variable.value_from
        if source and source.secret_key_ref and not source.secret_key_ref.optional:
            yield "Secret", source.secret_key_ref.name, source.secret_key_ref.key
        if source and source.config_map_key_ref and not source.config_map_key_ref.optional:
            yield "ConfigMap", source.config_map_key_ref.name, source.config_map_key_ref.key
    for every in container.env_from:
        if every.secret_ref and not every.secret_ref.optional:
            yield "Secret", every.secret_ref.name, ""
        if every.config_map_ref and not every.config_map_ref.optional:
            yield "ConfigMap", every.config_map_ref.name, ""
