"""The rollout of the Deployment."""

import msgspec
import pytest

from checks.release.rollout_complete import ROLLOUT_COMPLETE
from diagnose.check.api import Context, NotApplicableError, Occasion
from diagnose.resources import Deployment
from tests.support.kit import about, codes, context, findings
from tests.support.objects import condition, pod


def rolled_out(
    reason: str, *, updated: int = 2, age_s: float = 3600, replicas: int = 2, occasion: Occasion = Occasion.INCIDENT
) -> Context:
    """Returns what the check sees of a rollout of which one of two pods is not ready and so old."""
    status = {"updatedReplicas": updated, "conditions": [condition("Progressing", True, reason)]}
    made = {"metadata": {"name": "worker"}, "spec": {"replicas": replicas}, "status": status}
    pods = (pod("worker-1", ready=True), pod("worker-2", ready=False, age_s=age_s))
    return about(context(*pods, occasion=occasion), deployment=msgspec.convert(made, Deployment))


@pytest.mark.parametrize(
    ("ctx", "expected"),
    [
        (rolled_out("NewReplicaSetAvailable"), []),
        (rolled_out("ProgressDeadlineExceeded", updated=1), ["release.rollout-stuck"]),
        (rolled_out("ReplicaSetUpdated", updated=1), ["release.rollout-stuck"]),
        (rolled_out("ReplicaSetUpdated", updated=1, age_s=5), []),
    ],
    ids=["complete", "late", "stands still", "under way"],
)
def test_a_rollout_that_does_not_move_is_stuck(ctx: Context, expected: list[str]) -> None:
    assert codes(ROLLOUT_COMPLETE, ctx) == expected


def test_after_a_deploy_a_rollout_in_progress_is_no_pass() -> None:
    ctx = rolled_out("ReplicaSetUpdated", updated=1, age_s=5, occasion=Occasion.AFTER_DEPLOY)
    assert codes(ROLLOUT_COMPLETE, ctx) == []
    assert ctx.problems == ["a rollout is under way: 1 of 2 pods are new"]


def test_a_deployment_of_no_pods_has_no_rollout() -> None:
    with pytest.raises(NotApplicableError):
        findings(ROLLOUT_COMPLETE, rolled_out("NewReplicaSetAvailable", replicas=0))
