"""Volume claims that are lost, or that pods on several nodes use."""

import pytest

from checks.workload.claims_usable import CLAIMS_USABLE
from diagnose.model.report import Confidence, Status
from tests.support.kit import Json, codes, context, findings, outcome
from tests.support.objects import event, meta, pod, running, waiting

VOLUMES = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]


def claim(phase: str = "Bound", *modes: str) -> Json:
    return {
        "metadata": meta("data", "msp"),
        "spec": {"accessModes": list(modes or ["ReadWriteOnce"]), "volumeName": "pv-1"},
        "status": {"phase": phase},
    }


def user(name: str, node: str, *, started: bool = True, reason: str = "ContainerCreating", age_s: float = 3600) -> Json:
    statuses = [running()] if started else [waiting(reason)]
    return pod(name, node=node, ready=started, volumes=VOLUMES, age_s=age_s, status={"containerStatuses": statuses})


def test_a_lost_claim_is_named_with_its_volume() -> None:
    ctx = context(user("worker-1", "a", started=False), persistentvolumeclaims=[claim("Lost")])
    (found,) = findings(CLAIMS_USABLE, ctx)
    assert found.code == "workload.claim-lost"
    assert "its PersistentVolume pv-1 does not exist" in found.summary


def test_a_volume_of_one_node_keeps_pods_of_another_from_starting() -> None:
    pods = [user("worker-1", "a"), user("worker-2", "b", started=False)]
    (found,) = findings(CLAIMS_USABLE, context(*pods, persistentvolumeclaims=[claim()]))
    assert (found.code, found.pods) == ("workload.claim-of-one-node", ("worker-2",))
    assert found.confidence is Confidence.LIKELY
    assert "in use on node a" in found.summary
    assert "--replicas=1" in found.remediation.steps[0].command


def test_an_attachment_that_is_refused_makes_it_certain_at_once() -> None:
    pods = [user("worker-1", "a"), user("worker-2", "b", started=False, age_s=10)]
    refused = event("FailedAttachVolume", 'Multi-Attach error for volume "pv-1"', name="worker-2")
    (found,) = findings(CLAIMS_USABLE, context(*pods, persistentvolumeclaims=[claim()], events=[refused]))
    assert (found.confidence, found.evidence[1].text) == (Confidence.CERTAIN, refused["message"])


@pytest.mark.parametrize(
    ("pods", "modes"),
    [
        ([user("worker-1", "a"), user("worker-2", "a", started=False)], ()),
        ([user("worker-1", "a"), user("worker-2", "b")], ()),
        ([user("worker-1", "a"), user("worker-2", "b", started=False)], ("ReadWriteMany",)),
        ([user("worker-1", "a", started=False)], ()),
        ([user("worker-1", "a"), user("worker-2", "b", started=False, reason="ImagePullBackOff")], ()),
        ([user("worker-1", "a"), user("worker-2", "b", started=False, age_s=5)], ()),
        ([user("worker-1", "a"), user("worker-2", "b"), user("worker-3", "c", started=False)], ()),
    ],
    ids=["same node", "both run", "of several nodes", "alone", "without its image", "just created", "not enforced"],
)
def test_a_claim_that_all_pods_can_use_is_silent(pods: list[Json], modes: tuple[str, ...]) -> None:
    assert codes(CLAIMS_USABLE, context(*pods, persistentvolumeclaims=[claim("Bound", *modes)])) == []


def test_pods_without_a_claim_need_none() -> None:
    assert outcome(CLAIMS_USABLE, context(pod())).status is Status.SKIP
