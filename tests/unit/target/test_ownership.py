"""The owners of pods."""

import pytest

from diagnose.resources import Meta
from diagnose.resources.metadata import OwnerReference
from diagnose.target.ownership import owner_by_labels


@pytest.mark.parametrize(
    ("owner", "labels", "expected"),
    [
        (("ReplicaSet", "web-7d9"), {"pod-template-hash": "7d9"}, ("Deployment", "web")),
        (("ReplicaSet", "web-7d9"), {"rollouts-pod-template-hash": "7d9"}, ("Rollout", "web")),
        (("ReplicaSet", "web"), {}, ("ReplicaSet", "web")),
        (("StatefulSet", "web"), {}, ("StatefulSet", "web")),
        (("Node", "node-1"), {}, ("Pod", "web-1")),
        (None, {"pod-template-hash": "7d9"}, ("Pod", "web-1")),
    ],
)
def test_a_pod_shows_its_owner(
    owner: tuple[str, str] | None, labels: dict[str, str], expected: tuple[str, str]
) -> None:
    references = (OwnerReference(kind=owner[0], name=owner[1]),) if owner else ()
    assert owner_by_labels(Meta(name="web-1", labels=labels, owner_references=references)) == expected
