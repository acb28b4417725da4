"""Deleted pods for which a StatefulSet or DaemonSet waits."""

from typing import Any

import pytest

from checks.workload.deletions_end import DELETIONS_END
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Status
from diagnose.resources import DaemonSet, Deployment, StatefulSet
from tests.support.kit import Json, ago, codes, context, findings, of_kind, outcome
from tests.support.objects import event, pod, running


def deleted(*finalizers: str, late_s: float = 30, ended: bool = True, kind: str = "StatefulSet") -> Json:
    """Returns a pod that was deleted, and whose grace period ended so long ago."""
    state = {"name": "worker", "state": {"terminated": {"exitCode": 137}}} if ended else running()
    one = pod("db-1", node="a", status={"phase": "Running", "containerStatuses": [state]})
    one["metadata"] |= {
        "deletionTimestamp": ago(seconds=late_s),
        "deletionGracePeriodSeconds": 30,
        "finalizers": list(finalizers),
        "ownerReferences": [{"kind": kind, "name": "db"}],
    }
    return one


def waits(left: Json, *others: Json, kind: type = StatefulSet, **objects: Any) -> Context:
    """Returns what the check sees of a workload of two pods, one of which was deleted."""
    status = {"desiredNumberScheduled": 2} if kind is DaemonSet else {}
    return of_kind(context(pod("db-0", ready=True), *others, pods=[left], **objects), kind, "db", status, replicas=2)


@pytest.mark.parametrize("finalizer", ["storage.example.com/detach", "batch.example.org/accounting", "foreground"])
def test_a_finalizer_that_keeps_a_pod_that_has_ended_is_named(finalizer: str) -> None:
    (found,) = findings(DELETIONS_END, waits(deleted(finalizer)))
    assert (found.code, found.confidence) == ("workload.finalizer-blocks", Confidence.CERTAIN)
    assert f"finalizer {finalizer} keeps it, so StatefulSet db cannot replace it" in found.summary
    command = """kubectl -n msp patch pod db-1 --type merge -p '{"metadata":{"finalizers":null}}'"""
    assert found.remediation.steps[0].command == command


def test_a_daemon_set_waits_for_the_pod_of_its_node() -> None:
    ctx = waits(deleted("a.example/b", kind="DaemonSet"), kind=DaemonSet)
    assert codes(DELETIONS_END, ctx) == ["workload.finalizer-blocks"]


def test_a_pod_that_its_node_does_not_end_is_likely_and_says_what_it_reports() -> None:
    failed = event("FailedKillPod", "error killing pod: context deadline exceeded", name="db-1")
    (found,) = findings(DELETIONS_END, waits(deleted(late_s=300, ended=False), events=[failed]))
    assert (found.code, found.confidence) == ("workload.pod-does-not-end", Confidence.LIKELY)
    assert "node a: error killing pod" in found.summary


@pytest.mark.parametrize(
    "ctx",
    [
        waits(deleted("a.example/b", late_s=-10)),
        waits(deleted(ended=False, late_s=20)),
        waits(deleted("a.example/b"), pod("db-1", ready=True)),
    ],
    ids=["within its grace period", "just over it", "replaced"],
)
def test_a_deletion_that_takes_its_time_is_silent(ctx: Context) -> None:
    assert codes(DELETIONS_END, ctx) == []


def test_a_deployment_waits_for_no_deleted_pod() -> None:
    ctx = of_kind(context(pods=[deleted("a.example/b")]), Deployment, "db")
    assert outcome(DELETIONS_END, ctx).status is Status.SKIP
