"""What runs instead of the last release."""

import msgspec
import pytest

from diagnose.resources import Meta, ReplicaSet
from diagnose.target.last_release import changed_by_hand, rolled_back


def made(name: str, at: str, image: str) -> ReplicaSet:
    template = {"spec": {"containers": [{"name": "worker", "image": image}]}}
    given = {"metadata": {"name": name, "creationTimestamp": at}, "spec": {"template": template}}
    return msgspec.convert(given, ReplicaSet)


OLD, NEW = made("old", "2026-11-30T04:00:00Z", "worker:1"), made("new", "2026-11-30T05:00:00Z", "worker:2")


def test_a_template_that_a_later_one_was_abandoned_for_is_a_rollback() -> None:
    assert rolled_back(NEW, (OLD, NEW), "worker") == ""
    assert rolled_back(None, (OLD, NEW), "worker") == ""
    assert rolled_back(OLD, (OLD, made("restarted", "2026-11-30T05:00:00Z", "worker:1")), "worker") == ""
    text = rolled_back(OLD, (OLD, NEW), "worker")
    assert "ReplicaSet new with image worker:2, 2026-11-30T05:00:00Z" in text


@pytest.mark.parametrize(
    ("managers", "expected"),
    [
        ([("helm", 4), ("kubectl-edit", 5)], "changed by kubectl-edit at 2026-11-30T05:00:00Z"),
        ([("argocd-controller", 4), ("kubectl-set", 5)], "changed by kubectl-set"),
        # The release took it back, or there is none; a restart and a controller change no setting.
        ([("helm", 6), ("kubectl-edit", 5)], ""),
        ([("kubectl-edit", 5)], ""),
        ([("helm", 4), ("kubectl-rollout", 5), ("kube-controller-manager", 6)], ""),
        ([], ""),
    ],
)
def test_a_change_by_hand_after_the_last_release_is_named(managers: list[tuple[str, int]], expected: str) -> None:
    fields = [{"manager": name, "time": f"2026-11-30T0{hour}:00:00Z"} for name, hour in managers]
    text = changed_by_hand(msgspec.convert({"managedFields": fields}, Meta))
    assert text if expected else not text
    assert expected in text


@pytest.mark.parametrize("manager", ["kubectl-patch", "kubectl-edit", "k9s"])
@pytest.mark.parametrize(
    ("template", "is_change"),
    [
        ({"f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}}, False),
        (
            {
                "f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}}},
                "f:spec": {"f:containers": {'k:{"name":"worker"}': {"f:image": {}}}},
            },
            True,
        ),
        (
            {
                "f:metadata": {
                    "f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}, "f:vault.hashicorp.com/role": {}}
                }
            },
            True,
        ),
        ({"f:spec": {"f:serviceAccountName": {}}}, True),
    ],
)
def test_a_restart_by_hand_is_no_change(manager: str, template: dict[str, object], is_change: bool) -> None:
    fields = [
        {"manager": "helm", "time": "2026-11-30T04:00:00Z"},
        {"manager": manager, "time": "2026-11-30T05:00:00Z", "fieldsV1": {"f:spec": {"f:template": template}}},
    ]
    assert bool(changed_by_hand(msgspec.convert({"managedFields": fields}, Meta))) is is_change
