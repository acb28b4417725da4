"""Pods that run and are not ready."""

import pytest

from checks.workload.ready import READY
from diagnose.check.api import Occasion
from diagnose.model.report import Status
from diagnose.queries.query import ForbiddenError
from tests.support.kit import Json, about, context, findings, outcome
from tests.support.objects import condition, pod, running


@pytest.mark.parametrize(("seconds", "expected"), [(10, []), (90, ["workload.readiness-gate"])])
def test_a_readiness_gate_is_given_a_minute(seconds: int, expected: list[str]) -> None:
    message = 'corresponding condition of pod readiness gate "lab/registered" does not exist.'
    gated = pod(age_s=100)
    gated["status"]["conditions"] = [
        condition("Ready", False, "ReadinessGatesNotReady", message),
        condition("ContainersReady", age_s=seconds),
    ]
    found = findings(READY, context(gated, replicas=1))
    assert [each.code for each in found] == expected
    assert all("lab/registered" in each.summary for each in found)


@pytest.mark.parametrize(
    ("occasion", "status"), [(Occasion.INCIDENT, Status.PASS), (Occasion.AFTER_DEPLOY, Status.UNKNOWN)]
)
def test_a_pod_that_starts_is_no_rollout_only_if_its_owner_is_known(occasion: Occasion, status: Status) -> None:
    refused = {"deployments": ForbiddenError("list deployments is forbidden")}
    pods = (pod(ready=True), pod("worker-2", age_s=5))
    ctx = about(context(*pods, occasion=occasion, refused=refused), deployment=None, replica_sets=())
    found = outcome(READY, ctx)
    assert found.status is status
    assert ("list deployments" in found.reason) is (status is Status.UNKNOWN)


def test_a_native_sidecar_that_is_not_ready_is_named() -> None:
    sidecar = {"name": "sql-proxy", "restartPolicy": "Always"}
    status = {
        "conditions": [condition("Initialized")],
        "containerStatuses": [running()],
        "initContainerStatuses": [running("sql-proxy", ready=False, started=True)],
    }
    (found,) = findings(READY, context(pod(status=status, initContainers=[sidecar]), replicas=1))
    assert found.code == "workload.sidecar-not-ready"
    assert "container sql-proxy" in found.summary


@pytest.mark.parametrize(("others", "status"), [((), Status.UNKNOWN), ((pod("worker-2", ready=True),), Status.PASS)])
def test_a_workload_of_which_nothing_is_ready_yet_is_not_healthy(others: tuple[Json, ...], status: Status) -> None:
    found = outcome(READY, context(pod(age_s=5), *others, replicas=1))
    assert found.status is status


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_the_pod_of_a_job_that_starts_leaves_nothing_open(kind: str) -> None:
    ctx = about(context(pod(age_s=5), replicas=1), kind=kind, controller=None)
    assert outcome(READY, ctx).status is Status.PASS
