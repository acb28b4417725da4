"""The namespace of Temporal."""

from typing import Any

import pytest

from checks.temporal.namespace_exists import NAMESPACE_EXISTS
from diagnose.model.report import Status
from tests.support.kit import codes, log, outcome
from tests.support.temporal import served, settings, worker


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        ("exists", []),
        ("missing", ["temporal.namespace-not-found"]),
        ("INTERNAL: no usable database connection", ["temporal.namespace-unreadable"]),
    ],
)
def test_the_frontend_says_whether_the_namespace_exists(namespace: str, expected: list[str]) -> None:
    assert codes(NAMESPACE_EXISTS, served(namespace=namespace)) == expected


def test_a_namespace_that_no_setting_names_is_unknown() -> None:
    found = outcome(NAMESPACE_EXISTS, served(namespace="", container=settings(TEMPORAL_NAMESPACE="")))
    assert (found.status, found.findings) == (Status.UNKNOWN, ())
    assert "namespace" in found.reason


def test_the_log_names_a_namespace_that_no_setting_does() -> None:
    lines = log('{"level":"ERROR","msg":"unable to start worker","error":"Namespace orders is not found."}')
    own: dict[str, Any] = {"container": settings(TEMPORAL_NAMESPACE=""), "logs": [lines]}
    (finding,) = outcome(NAMESPACE_EXISTS, served(namespace="", pods=(worker(ready=False),), **own)).findings
    assert finding.code == "temporal.namespace-not-found"
    assert '"orders"' in finding.summary


def test_a_namespace_that_may_not_be_described_is_unknown_with_the_flag() -> None:
    found = outcome(NAMESPACE_EXISTS, served(namespace="PERMISSION_DENIED: Request unauthorized."))
    assert found.status is Status.UNKNOWN
    assert "--temporal-api-key-file" in found.reason
