"""The number of pods."""

from typing import Any

import msgspec
import pytest

from checks.workload.replicas import REPLICAS
from diagnose.check.api import Context
from diagnose.model.report import Severity, Status
from diagnose.resources import CronJob, DaemonSet, Deployment, Job, StatefulSet, Workload
from tests.support.kit import GENERIC, about, ago, codes, context, findings, of_kind, outcome
from tests.support.objects import condition, pod


def deployed(*ready: bool, age_s: float = 3600, updated: int = 0, **spec: Any) -> Context:
    """Returns what the check sees of pods of this age, and of a Deployment that has had time to make more."""
    pods = [pod(f"worker-{at}", ready=each, age_s=age_s) for at, each in enumerate(ready)]
    settled = condition("Progressing") | {"lastUpdateTime": "2026-11-24T10:00:00Z"}
    status = {"replicas": len(ready), "updatedReplicas": updated or len(ready), "conditions": [settled]}
    made = {"metadata": {"name": "worker"}, "spec": {"replicas": 2, **spec}, "status": status}
    return about(context(*pods), deployment=msgspec.convert(made, Deployment))


@pytest.mark.parametrize(
    ("ctx", "expected"),
    [
        (deployed(True, True), []),
        (deployed(replicas=0), ["workload.scaled-to-zero"]),
        (deployed(True, False), ["workload.too-few-ready"]),
        (deployed(True, False, age_s=5), []),
        (deployed(True, True, updated=1, paused=True), ["workload.paused"]),
    ],
    ids=["as many as desired", "none desired", "one not ready", "one is starting", "paused"],
)
def test_as_many_pods_are_ready_as_are_desired(ctx: Context, expected: list[str]) -> None:
    assert codes(REPLICAS, ctx) == expected


def test_a_stateful_set_is_counted_like_a_deployment() -> None:
    pods = [pod("db-0", ready=True), pod("db-1")]
    (found,) = findings(REPLICAS, of_kind(context(*pods), StatefulSet, "db", replicas=2))
    assert found.summary == "StatefulSet db has 1 of 2 pods ready."
    assert str(found.remediation.steps[0].command) == "kubectl -n msp describe statefulset db"
    assert codes(REPLICAS, of_kind(context(pods[0]), StatefulSet, "db", replicas=1)) == []


@pytest.mark.parametrize(
    ("exist", "left_s", "expected"),
    [(2, 20, []), (2, None, []), (2, -20, ["workload.too-few-ready"]), (1, None, ["workload.too-few-ready"])],
    ids=["the one before may take longer", "its end was just seen", "it does not end", "it is not made anew"],
)
@pytest.mark.parametrize(("kind", "wanted"), [(StatefulSet, "replicas"), (DaemonSet, "currentNumberScheduled")])
def test_a_pod_that_is_being_replaced_is_not_missing(
    kind: type[Workload], wanted: str, exist: int, left_s: int | None, expected: list[str]
) -> None:
    ready = pod("db-0", ready=True)
    left = pod("db-1", ready=True)
    left["metadata"] |= {
        "deletionTimestamp": ago(seconds=-(left_s or 0)),
        "ownerReferences": [{"kind": kind.__name__, "name": "db"}],
    }
    ctx = context(ready, pods=[ready] if left_s is None else [ready, left])
    status = {wanted: exist, "desiredNumberScheduled": 2}
    assert codes(REPLICAS, of_kind(ctx, kind, "db", status, replicas=2)) == expected


def test_a_daemon_set_has_a_pod_on_each_of_its_nodes() -> None:
    ctx = context(pod("agent-1", ready=True))
    assert codes(REPLICAS, of_kind(ctx, DaemonSet, "agent", {"desiredNumberScheduled": 1})) == []
    two = {"desiredNumberScheduled": 2}
    assert codes(REPLICAS, of_kind(ctx, DaemonSet, "agent", two)) == ["workload.too-few-ready"]
    assert outcome(REPLICAS, of_kind(context(), DaemonSet, "agent")).status is Status.SKIP


def test_pods_of_a_job_are_not_counted() -> None:
    assert outcome(REPLICAS, of_kind(context(pod()), Job, "load")).status is Status.SKIP
    assert outcome(REPLICAS, of_kind(context(), CronJob, "nightly")).status is Status.SKIP


def test_how_many_pods_an_unknown_kind_desires_is_unknown() -> None:
    ctx = about(context(pod(ready=True)), controller=None, kind="DeploymentConfig", name="web", replica_sets=())
    found = outcome(REPLICAS, ctx)
    assert (found.status, "DeploymentConfig web" in found.reason) == (Status.UNKNOWN, True)


def test_of_all_workloads_one_that_rests_is_a_warning() -> None:
    generic = about(context(replicas=0), profile=GENERIC)
    assert [each.severity for each in findings(REPLICAS, generic)] == [Severity.WARNING]
