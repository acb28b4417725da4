"""The rollout of the Deployment."""

from typing import Any

import msgspec
import pytest

from checks import CHECKS
from checks.release.rollout_complete import KEPT, ROLLOUT_COMPLETE, STUCK
from diagnose.check.api import Context, NotApplicableError, Occasion
from diagnose.check.stages import REFERENCES
from diagnose.model.report import Confidence, Status
from diagnose.resources import DaemonSet, Deployment, Job, Rollout, StatefulSet
from tests.support.kit import Json, about, ago, codes, context, findings, of_kind, outcome
from tests.support.objects import condition, pod, replica_set, variables


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


@pytest.mark.parametrize(("deleted_s", "expected"), [(300, "pod old-1 of earlier templates"), (20, "")])
def test_a_deleted_pod_that_still_runs_is_a_remark_of_a_rollout_that_is_complete(
    deleted_s: float, expected: str
) -> None:
    left = pod("old-1", owner="old", ready=True)
    left["metadata"] |= {"deletionTimestamp": ago(seconds=deleted_s - 3600), "deletionGracePeriodSeconds": 3600}
    status = {"updatedReplicas": 2, "conditions": [condition("Progressing", True, "NewReplicaSetAvailable")]}
    made = {"metadata": {"name": "worker"}, "spec": {"replicas": 2}, "status": status}
    own, sets = pod("worker-1", ready=True), [replica_set("old")]
    ctx = context(own, pods=[own, left], replica_sets=sets, replicasets=sets)
    found = outcome(ROLLOUT_COMPLETE, about(ctx, deployment=msgspec.convert(made, Deployment)))
    assert found.status is Status.PASS
    assert expected in found.reason if expected else not found.reason


def test_after_a_deploy_a_rollout_in_progress_is_no_pass() -> None:
    ctx = rolled_out("ReplicaSetUpdated", updated=1, age_s=5, occasion=Occasion.AFTER_DEPLOY)
    assert codes(ROLLOUT_COMPLETE, ctx) == []
    assert ctx.problems == ["a rollout is under way: 1 of 2 pods are new"]


def test_a_deployment_of_no_pods_has_no_rollout() -> None:
    with pytest.raises(NotApplicableError):
        findings(ROLLOUT_COMPLETE, rolled_out("NewReplicaSetAvailable", replicas=0))


NEW, OLD = {"controller-revision-hash": "db-2"}, {"controller-revision-hash": "db-1"}
CHANGED = {"currentRevision": "db-1", "updateRevision": "db-2", "readyReplicas": 2}


def test_a_stateful_set_stands_still_at_the_pod_that_is_not_ready() -> None:
    pods = [pod("db-0", ready=True, labels=OLD), pod("db-1", ready=True, labels=OLD), pod("db-2", labels=NEW)]
    (found,) = findings(
        ROLLOUT_COMPLETE, of_kind(context(*pods), StatefulSet, "db", CHANGED | {"updatedReplicas": 1}, replicas=3)
    )
    assert found.summary == (
        "The rollout of StatefulSet db is stuck: it waits for db-2, which is not ready (1 of 3 pods are new)."
    )
    assert (found.pods, found.subjects) == (("db-2",), ("statefulset/db", "pod/db-2"))


def test_a_pod_of_the_template_before_that_is_not_ready_has_to_be_deleted() -> None:
    pods = [pod("db-0", ready=True, labels=OLD), pod("db-1", labels=OLD)]
    (found,) = findings(
        ROLLOUT_COMPLETE, of_kind(context(*pods), StatefulSet, "db", CHANGED | {"updatedReplicas": 0}, replicas=2)
    )
    assert str(found.remediation.steps[0].command) == "kubectl -n msp delete pod db-1"


def with_old_pod(old: Json, new: Json, state: Json, *others: Json, **spec: Any) -> Context:
    """Returns what the check sees of a pod with an old container in a state, and of a template with a new one."""
    status = {"containerStatuses": [{"name": "db", "ready": False, **state}]}
    pods = (*others, pod("db-0", {"name": "db", **old}, labels=OLD, status=status))
    template = {"spec": {"containers": [{"name": "db", **new}]}}
    counted = CHANGED | {"updatedReplicas": len(others)}
    return of_kind(context(*pods), StatefulSet, "db", counted, replicas=2, template=template, **spec)


def waits(reason: str) -> Json:
    return {"state": {"waiting": {"reason": reason}}}


IMAGES = {"image": "IMG"}, {"image": "registry.example.com/db:2"}
COMMANDS = {"command": ["/bin/dbb"]}, {"command": ["/bin/db"]}
VARIABLES = {"env": variables(PORT="x")}, {"env": variables(PORT="1")}


@pytest.mark.parametrize(
    ("old", "new", "reason", "is_certain"),
    [
        (*IMAGES, "InvalidImageName", True),
        (*IMAGES, "ImagePullBackOff", True),
        (*COMMANDS, "RunContainerError", True),
        (*VARIABLES, "CrashLoopBackOff", False),
    ],
)
def test_an_old_pod_that_the_corrected_template_does_not_replace_has_to_be_deleted(
    old: Json, new: Json, reason: str, is_certain: bool
) -> None:
    found, stuck = findings(ROLLOUT_COMPLETE, with_old_pod(old, new, waits(reason)))
    assert (found.code, found.pods, stuck.code) == (KEPT.id, ("db-0",), STUCK.id)
    assert (found.confidence is Confidence.CERTAIN) is is_certain
    assert str(found.remediation.steps[0].command) == "kubectl -n msp delete pod db-0"


@pytest.mark.parametrize(
    "ctx",
    [
        with_old_pod(*IMAGES, waits("InvalidImageName"), pod("db-1", labels=NEW)),
        with_old_pod({}, {}, waits("CrashLoopBackOff")),
        with_old_pod(*VARIABLES, waits("ErrImagePull")),
        with_old_pod(*IMAGES, waits("ErrImagePull"), podManagementPolicy="Parallel"),
        with_old_pod(
            *IMAGES,
            waits("ErrImagePull"),
            updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
        ),
    ],
    ids=["a new pod fails, too", "the same container", "another reason", "in parallel", "below the partition"],
)
def test_an_old_pod_is_no_cause_where_its_deletion_does_not_help(ctx: Context) -> None:
    assert KEPT.id not in codes(ROLLOUT_COMPLETE, ctx)


@pytest.mark.parametrize("code", ["workload.image-name-invalid", "workload.container-not-created"])
def test_an_old_pod_explains_why_it_fails_and_not_what_the_template_has(code: str) -> None:
    failing = next(each for each in CHECKS if any(one.id == code for one in each.codes))
    assert ROLLOUT_COMPLETE.stage_of(KEPT.id) in failing.stage_of(code).earlier
    assert ROLLOUT_COMPLETE.stage_of(KEPT.id) not in REFERENCES.earlier


def test_a_partition_keeps_pods_without_a_fault() -> None:
    pods = [pod("db-0", ready=True, labels=OLD), pod("db-1", ready=True, labels=NEW)]
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    ctx = of_kind(
        context(*pods), StatefulSet, "db", CHANGED | {"updatedReplicas": 1}, replicas=2, updateStrategy=strategy
    )
    found = outcome(ROLLOUT_COMPLETE, ctx)
    assert (found.status, found.reason) == (Status.PASS, "its partition keeps 1 of 2 pods as they are")


@pytest.mark.parametrize("kind", [StatefulSet, DaemonSet])
def test_a_strategy_by_hand_waits_for_nobody(kind: type) -> None:
    status = {"desiredNumberScheduled": 2} if kind is DaemonSet else CHANGED
    ctx = of_kind(context(pod(ready=True)), kind, "db", status, updateStrategy={"type": "OnDelete"})
    assert outcome(ROLLOUT_COMPLETE, ctx).reason.startswith("its strategy is OnDelete")


def test_a_daemon_set_is_rolled_out_node_by_node() -> None:
    status = {"desiredNumberScheduled": 3, "updatedNumberScheduled": 1}
    assert codes(ROLLOUT_COMPLETE, of_kind(context(pod("agent-1")), DaemonSet, "agent", status)) == [
        "release.rollout-stuck"
    ]
    starting = of_kind(context(pod("agent-1", age_s=5)), DaemonSet, "agent", status)
    assert outcome(ROLLOUT_COMPLETE, starting).reason == "a rollout is under way: 1 of 3 pods are new"


def test_an_argo_rollout_that_is_aborted_says_why() -> None:
    status = {"phase": "Degraded", "abort": True, "message": "metric failed", "updatedReplicas": 0}
    (found,) = findings(ROLLOUT_COMPLETE, of_kind(context(pod(ready=True)), Rollout, "web", status, replicas=1))
    assert "The rollout of Rollout web is stuck: metric failed" in found.summary
    paused = of_kind(context(pod(ready=True)), Rollout, "web", {"phase": "Paused", "message": "CanaryPauseStep"})
    assert outcome(ROLLOUT_COMPLETE, paused).reason == "paused: CanaryPauseStep"


def test_a_job_rolls_nothing_out() -> None:
    assert outcome(ROLLOUT_COMPLETE, of_kind(context(pod()), Job, "load")).status is Status.SKIP
