"""Owners of pods, and whether a pod matches a profile by labels or images."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from diagnose.resources import REVISION_HASH, Container, Meta, image_reference
from diagnose.target.profile import Profile
from diagnose.text.sentences import suggestions

POD = "Pod"
_ROLLOUT_HASH = "rollouts-pod-template-hash"
_HASHES = (_ROLLOUT_HASH, "pod-template-hash", REVISION_HASH)
# The owner of a pod that a node runs from a file of its own.
_MIRRORED = "Node"
K = TypeVar("K")
V = TypeVar("V")


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Returns the values of each key, in the order in which they come."""
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def owned_by(meta: Meta, kind: str, name: str = "") -> bool:
    """Whether an object is owned by the one of that kind and name, or by any of the kind."""
    return any(owner.kind == kind and name in {"", owner.name} for owner in meta.owner_references)


def owner_by_labels(pod: Meta) -> tuple[str, str]:
    """Returns kind and name of a pod's owner as far as its own metadata shows it; its own where it has none."""
    owner = next(iter(pod.owner_references), None)
    if owner is None or owner.kind == _MIRRORED:
        return POD, pod.name
    # The name of a ReplicaSet ends with the hash of its template.
    suffix = template_hash(pod.labels)
    if owner.kind != "ReplicaSet" or not suffix:
        return owner.kind, owner.name
    return "Rollout" if _ROLLOUT_HASH in pod.labels else "Deployment", owner.name.removesuffix(f"-{suffix}")


def template_hash(labels: Mapping[str, str]) -> str:
    """Returns the hash of the template that a pod is of, by the label of whatever controller; "" without one."""
    return next(filter(None, map(labels.get, _HASHES)), "")


def of_image(container: Container, profile: Profile) -> bool:
    """Whether a container's image has the profile's name, from whatever registry."""
    return bool(profile.image) and image_reference.parse(container.image).program == profile.image


def similar_names(name: str, names: list[str]) -> str:
    """Returns similar or existing names as the end of a sentence."""
    return suggestions(name, names) or (f"; there are: {', '.join(sorted(names)[:12])}" if names else "")
