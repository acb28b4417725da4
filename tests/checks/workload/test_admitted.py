"""Pods that the API server refuses."""

from typing import Any

import msgspec
import pytest

from checks.workload.admitted import ADMITTED
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.resources import Deployment, Job, StatefulSet
from tests.support.kit import Json, about, ago, codes, context, findings, of_kind
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


def test_a_refusal_before_a_pod_that_is_being_deleted_is_history() -> None:
    refused = event("FailedCreate", QUOTA, kind="StatefulSet", name="db", age_s=600)
    deleted = pod("db-1", owner="db", age_s=120)
    deleted["metadata"] |= {"deletionTimestamp": ago(), "ownerReferences": [{"kind": "StatefulSet", "name": "db"}]}
    ctx = of_kind(context(events=[refused], pods=[deleted]), StatefulSet, "db", replicas=2)
    assert codes(ADMITTED, ctx) == []


def limited(message: str, *, requests: Json, limits: Json, **item: Any) -> Context:
    """Returns what the check sees of a refused Deployment with these amounts, and of a LimitRange."""
    container = {"name": "worker", "image": "i", "resources": {"requests": requests, "limits": limits}}
    failed = condition("ReplicaFailure", True, "FailedCreate", message)
    ranges = [{"metadata": {"name": "small"}, "spec": {"limits": [{"type": "Container", **item}]}}]
    ctx = context(replica_sets=[replica_set("worker-1", failed)], limitranges=ranges)
    made = {"metadata": {"name": "worker"}, "spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}}}
    deployment = msgspec.convert(made, Deployment)
    return about(ctx, deployment=deployment, template=deployment.template)


ABOVE = (
    'Pod "w" is invalid: spec.containers[0].resources.requests: Invalid value: "%s": must be less than or equal to %s'
)


@pytest.mark.parametrize(
    ("ctx", "named", "command"),
    [
        (
            limited(
                ABOVE % ("64Mi", "memory limit of 48Mi"),
                requests={"memory": "64Mi"},
                limits={},
                default={"memory": "48Mi"},
            ),
            "a memory limit of 48Mi, below its request of 64Mi",
            "--limits=memory=64Mi",
        ),
        (
            limited(ABOVE % ("2", "cpu limit"), requests={"cpu": "2"}, limits={}, default={"cpu": "500m"}),
            "a cpu limit of 500m, below its request of 2",
            "--limits=cpu=2",
        ),
        (
            limited(
                ABOVE % ("1Gi", "memory limit of 256Mi"),
                requests={},
                limits={"memory": "256Mi"},
                defaultRequest={"memory": "1Gi"},
            ),
            "a memory request of 1Gi, above its limit of 256Mi",
            "--requests=memory=256Mi",
        ),
        (
            limited(
                'pods "w" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi',
                requests={},
                limits={"memory": "1Gi"},
                max={"memory": "512Mi"},
            ),
            "does not allow it (maximum memory usage per Container is 512Mi, but limit is 1Gi)",
            "--limits=memory=512Mi",
        ),
    ],
    ids=["default limit", "without the limit", "default request", "maximum"],
)
def test_the_limit_range_that_refuses_a_pod_is_named(ctx: Context, named: str, command: str) -> None:
    (found,) = findings(ADMITTED, ctx)
    assert (found.code, found.confidence) == ("workload.limit-range-violated", Confidence.CERTAIN)
    assert named in found.summary
    assert "limitrange/small" in found.subjects
    assert command in found.remediation.steps[0].command


def test_a_limit_below_the_request_that_no_limit_range_gives_stays_unexplained() -> None:
    message = ABOVE % ("64Mi", "memory limit of 48Mi")
    ctx = limited(message, requests={"memory": "64Mi"}, limits={}, default={"cpu": "1"})
    (found,) = findings(ADMITTED, ctx)
    assert (found.code, found.confidence) == ("workload.creation-refused", Confidence.LIKELY)


def refused(message: str, **kinds: Any) -> Context:
    sets = [replica_set("worker-1", condition("ReplicaFailure", True, "FailedCreate", message))]
    return context(replica_sets=sets, **kinds)


@pytest.mark.parametrize(
    ("expression", "labels", "change"),
    [
        ("'team' in object.metadata.labels", {}, '{"labels":{"team":"NEW_VALUE"}}'),
        ("has(object.metadata.labels.team)", {"team": "money"}, '{"labels":{"team":"money"}}'),
        ("object.metadata.labels['a.b/tier'] == 'gold'", {}, '{"labels":{"a.b/tier":"gold"}}'),
        ('"owner" in object.metadata.annotations', {}, '{"annotations":{"owner":"NEW_VALUE"}}'),
        ("object.spec.containers.all(c, !has(c.ports))", {}, ""),
    ],
)
def test_what_an_admission_policy_demands_of_the_metadata_is_set(
    expression: str, labels: dict[str, str], change: str
) -> None:
    policy = {
        "metadata": {"name": "needs"},
        "spec": {
            "validations": [
                {"expression": "object.metadata.labels['other'] == 'x'", "message": "no other"},
                {"expression": expression, "message": "every pod needs it"},
            ]
        },
    }
    message = (
        "pods \"worker-1-x\" is forbidden: ValidatingAdmissionPolicy 'needs' with binding 'needs' denied request: "
        "every pod needs it"
    )
    theirs = pod("other-1", labels=labels)
    [found] = findings(ADMITTED, refused(message, validatingadmissionpolicies=[policy], pods=[theirs]))
    first = found.remediation.steps[0].command
    patch = f"""kubectl -n msp patch deployment worker -p '{{"spec":{{"template":{{"metadata":{change}}}}}}}'"""
    assert (first == patch) == bool(change)
    # Without the policy the step that reads it is the first one.
    [found] = findings(ADMITTED, refused(message))
    assert found.remediation.steps[0].command.has("get", "validatingadmissionpolicy")


def test_an_unreachable_webhook_that_only_refuses_is_not_waited_for() -> None:
    message = (
        'Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post '
        '"https://guard.policy.svc:443/validate": service "guard" not found'
    )
    client = {"service": {"name": "guard", "namespace": "policy"}}
    hooks = [{"name": "other.example.com"}, {"name": "check.example.com", "clientConfig": client}]
    kinds = {"validatingwebhookconfigurations": [{"metadata": {"name": "guards"}, "webhooks": hooks}]}
    first = findings(ADMITTED, refused(message, **kinds))[0].remediation.steps[0]
    assert first.command == (
        "kubectl patch validatingwebhookconfiguration guards --type json "
        """-p '[{"op":"replace","path":"/webhooks/1/failurePolicy","value":"Ignore"}]'"""
    )
    assert "Service policy/guard" in first.text
    # A webhook that changes pods is needed for what it adds.
    kinds = {"mutatingwebhookconfigurations": [{"metadata": {"name": "guards"}, "webhooks": hooks}]}
    assert not findings(ADMITTED, refused(message, **kinds))[0].remediation.steps[0].changes
