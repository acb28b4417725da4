"""Pods that the API server refuses."""

from checks.workload.admitted import ADMITTED
from diagnose.resources import Job, StatefulSet
from tests.support.kit import codes, context, findings, of_kind
from tests.support.objects import condition, event, pod, replica_set

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


def test_a_stateful_set_has_refusals_in_its_events_alone() -> None:
    message = f"create Pod db-0 in StatefulSet db failed error: {QUOTA}"
    refused = event("FailedCreate", message, kind="StatefulSet", name="db")
    ctx = of_kind(context(events=[refused]), StatefulSet, "db", replicas=2)
    assert [(each.code, each.subjects) for each in findings(ADMITTED, ctx)] == [
        ("workload.quota-exceeded", ("statefulset/db",))
    ]


def test_a_refused_claim_keeps_a_stateful_set_from_its_pods() -> None:
    claim = (
        'create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: persistentvolumeclaims "data-db-0" is '
        "forbidden: exceeded quota: store, requested: requests.storage=5Gi, used: requests.storage=8Gi, "
        "limited: requests.storage=10Gi"
    )
    ctx = of_kind(context(events=[event("FailedCreate", claim, kind="StatefulSet", name="db")]), StatefulSet, "db")
    (found,) = findings(ADMITTED, ctx)
    assert "ResourceQuota store in msp is used up (8Gi of 10Gi requests.storage)" in found.summary


def test_a_refusal_before_the_newest_pod_is_history() -> None:
    refused = event("FailedCreate", QUOTA, kind="Job", name="load", age_s=600)
    ctx = of_kind(context(pod(age_s=60), events=[refused]), Job, "load", parallelism=2)
    assert codes(ADMITTED, ctx) == []


def test_a_job_that_cannot_create_its_pods_is_refused_too() -> None:
    message = 'pods "load-x" is forbidden: no PriorityClass with name x was found'
    refused = event("FailedCreate", message, kind="Job", name="load")
    (found,) = findings(ADMITTED, of_kind(context(events=[refused]), Job, "load"))
    assert (found.code, found.subjects) == ("workload.priority-class-not-found", ("job/load",))
