"""Volume claims that are lost, or that pods on several nodes use."""

import pytest

from checks.workload.claims_usable import CLAIMS_USABLE
from diagnose.model.report import Status
from tests.support.kit import Json, codes, context, findings, outcome
from tests.support.objects import meta, pod, running

VOLUMES = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]


def claim(phase: str = "Bound", *modes: str) -> Json:
    return {
        "metadata": meta("data", "msp"),
        "spec": {"accessModes": list(modes or ["ReadWriteOnce"]), "volumeName": "pv-1"},
        "status": {"phase": phase},
    }


def user(name: str, node: str, *, started: bool = True) -> Json:
    statuses = [running()] if started else [{"name": "worker", "state": {"waiting": {"reason": "ContainerCreating"}}}]
    return pod(name, node=node, ready=started, volumes=VOLUMES, status={"containerStatuses": statuses})


def test_a_lost_claim_is_named_with_its_volume() -> None:
    ctx = context(user("worker-1", "a", started=False), persistentvolumeclaims=[claim("Lost")])
    (found,) = findings(CLAIMS_USABLE, ctx)
    assert found.code == "workload.claim-lost"
    assert "its PersistentVolume pv-1 does not exist" in found.summary


def test_a_volume_of_one_node_keeps_pods_of_another_from_starting() -> None:
    pods = [user("worker-1", "a"), user("worker-2", "b", started=False)]
    (found,) = findings(CLAIMS_USABLE, context(*pods, persistentvolumeclaims=[claim()]))
    assert (found.code, found.pods) == ("workload.claim-of-one-node", ("worker-2",))
    assert "in use on node a" in found.summary
    assert "--replicas=1" in found.remediation.steps[0].command


@pytest.mark.parametrize(
    ("pods", "modes"),
    [
        ([user("worker-1", "a"), user("worker-2", "a", started=False)], ()),
        ([user("worker-1", "a"), user("worker-2", "b")], ()),
        ([user("worker-1", "a"), user("worker-2", "b", started=False)], ("ReadWriteMany",)),
        ([user("worker-1", "a", started=False)], ()),
    ],
    ids=["same node", "both run", "of several nodes", "alone"],
)
def test_a_claim_that_all_pods_can_use_is_silent(pods: list[Json], modes: tuple[str, ...]) -> None:
    assert codes(CLAIMS_USABLE, context(*pods, persistentvolumeclaims=[claim("Bound", *modes)])) == []


def test_pods_without_a_claim_need_none() -> None:
    assert outcome(CLAIMS_USABLE, context(pod())).status is Status.SKIP
