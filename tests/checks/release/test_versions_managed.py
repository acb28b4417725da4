"""The WorkerDeployment of the versions of a worker."""

from typing import Any

import msgspec
import pytest

from checks.release.versions_managed import VERSIONS_MANAGED
from diagnose.check.api import Context
from diagnose.model.report import Severity, Status
from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.resources import Deployment
from tests.support.kit import Json, about, context, findings, outcome
from tests.support.objects import condition, pod

CURRENT = {"currentVersion": {"buildID": "v1", "status": "Current"}}
TARGET = {"targetVersion": {"buildID": "v2", "status": "NotRegistered"}}


def version(status: Json, *, kind: str = "WorkerDeployment", **more: Any) -> Context:
    """Returns what the check sees of a version of the WorkerDeployment "orders"."""
    owners = [{"kind": kind, "name": "orders"}] if kind else []
    made = msgspec.convert({"metadata": {"name": "orders-v1", "ownerReferences": owners}}, Deployment)
    plural = f"{kind.lower()}s"
    objects = {plural: [{"metadata": {"name": "orders", "namespace": "msp"}, "status": status}]} if kind else {}
    return about(context(pod(ready=True), **objects | more), deployment=made, name="orders-v1")


@pytest.mark.parametrize("kind", ["WorkerDeployment", "TemporalWorkerDeployment"])
def test_a_ready_one_names_its_versions(kind: str) -> None:
    found = outcome(VERSIONS_MANAGED, version(CURRENT | TARGET | {"conditions": [condition("Ready")]}, kind=kind))
    assert (found.status, found.reason) == (Status.PASS, "current version v1, target v2 (NotRegistered)")


def test_one_whose_connection_does_not_exist_is_found() -> None:
    stalled = [
        condition("Ready", False, "ConnectionNotFound", 'Connection "cloud" not found'),
        condition("Progressing", False, "ConnectionNotFound", 'Connection "cloud" not found'),
    ]
    (found,) = findings(VERSIONS_MANAGED, version(CURRENT | {"conditions": stalled}))
    assert found.summary == (
        'WorkerDeployment orders is not ready (ConnectionNotFound) (Connection "cloud" not found), so new versions get '
        "no workflows."
    )
    assert (found.severity, found.subjects) == (Severity.WARNING, ("workerdeployment/orders",))
    (first,) = findings(VERSIONS_MANAGED, version({"conditions": stalled}))
    assert first.severity is Severity.CRITICAL


def test_a_version_that_never_polls_is_found_and_one_that_starts_is_not() -> None:
    def waiting(age_s: float) -> Context:
        conditions = [
            condition("Ready", False, "WaitingForPollers"),
            condition("Progressing", True, "WaitingForPollers", age_s=age_s),
        ]
        return version(CURRENT | TARGET | {"conditions": conditions})

    assert [each.code for each in findings(VERSIONS_MANAGED, waiting(3600))] == ["release.versions-not-managed"]
    assert outcome(VERSIONS_MANAGED, waiting(30)).status is Status.PASS


def test_what_the_controller_does_not_know_is_unknown() -> None:
    conditions = [condition("Ready", "Unknown", "PollerStatusUnknown", "DescribeTaskQueue failed")]
    assert outcome(VERSIONS_MANAGED, version(CURRENT | {"conditions": conditions})).status is Status.UNKNOWN
    refused = {"workerdeployments": NoAnswerError("forbidden")}
    assert outcome(VERSIONS_MANAGED, version({}, refused=refused)).status is Status.UNKNOWN


def test_other_workloads_have_none() -> None:
    assert outcome(VERSIONS_MANAGED, version({}, kind="")).status is Status.SKIP
    assert outcome(VERSIONS_MANAGED, version({})).reason.endswith("no controller manages it")
    gone = version({}, refused={"workerdeployments": NotFoundError("no such kind")})
    assert outcome(VERSIONS_MANAGED, gone).status is Status.SKIP
