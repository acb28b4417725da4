"""Pods that the API server refuses."""

from checks.workload.admitted import ADMITTED
from tests.support.kit import codes, context
from tests.support.objects import condition, event, replica_set

QUOTA = (
    'pods "worker-1-x" is forbidden: exceeded quota: q, requested: limits.cpu=1, used: limits.cpu=3, '
    "limited: limits.cpu=3"
)
FAILURE = condition("ReplicaFailure", True, "FailedCreate", QUOTA)


def test_a_refusal_that_leaves_pods_missing_is_found() -> None:
    sets = [replica_set("worker-1", FAILURE)]
    assert codes(ADMITTED, context(replica_sets=sets)) == ["workload.quota-exceeded"]


def test_a_refusal_that_is_over_is_history() -> None:
    assert codes(ADMITTED, context(replica_sets=[replica_set("worker-1", FAILURE, exist=3)])) == []


def test_of_several_refusals_the_latest_counts() -> None:
    latest = event("FailedCreate", 'pods "w" is forbidden: no PriorityClass with name x was found', kind="ReplicaSet")
    latest["involvedObject"]["name"] = "worker-1"
    ctx = context(replica_sets=[replica_set("worker-1", FAILURE)], events=[latest])
    assert codes(ADMITTED, ctx) == ["workload.priority-class-not-found"]
