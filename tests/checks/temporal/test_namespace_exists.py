"""The namespace of Temporal."""

from datetime import timedelta
from typing import Any

import pytest

from checks.temporal.namespace_exists import NAMESPACE_EXISTS
from diagnose.model.report import Status
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import TemporalAnswer
from tests.support.kit import NOW, codes, log, outcome
from tests.support.temporal import answering, served, settings, worker


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


@pytest.mark.parametrize(
    ("name", "existing", "right"),
    [
        ("shippping", ("billing", "default", "shipping"), "shipping"),
        ("nope", ("default",), "default"),
        ("nope", ("default", "orders"), "RIGHT_NAMESPACE"),
        ("order", ("orders-eu", "orders-us"), "RIGHT_NAMESPACE"),
        ("nope", (), "RIGHT_NAMESPACE"),
    ],
)
def test_a_misspelt_namespace_is_corrected_to_the_similar_or_the_only_one(
    name: str, existing: tuple[str, ...], right: str
) -> None:
    answer = TemporalAnswer(AnswerState.YES, serving="SERVING", namespace="missing", namespaces=existing)
    ctx = answering(answer, container=settings(TEMPORAL_NAMESPACE=name))
    (finding,) = outcome(NAMESPACE_EXISTS, ctx).findings
    assert finding.remediation.steps[0].command.endswith(f"TEMPORAL_NAMESPACE={right}")


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


LIMIT = "namespace rate limit exceeded"


@pytest.mark.parametrize(
    ("message", "setting"),
    [
        (LIMIT, "frontend.namespaceRPS"),
        ("namespace concurrent poller limit exceeded", "frontend.namespaceCount"),
        ("service rate limit exceeded", "frontend.rps"),
    ],
)
def test_a_namespace_whose_requests_are_refused_names_the_setting(message: str, setting: str) -> None:
    (finding,) = outcome(NAMESPACE_EXISTS, served(namespace=f"RESOURCE_EXHAUSTED: {message}")).findings
    assert finding.code == "temporal.namespace-rate-limited"
    assert setting in finding.remediation.steps[0].text


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"WARN","msg":"Failed to poll for task.","Error":"namespace rate limit exceeded"}',
        "WARN temporal_client::retry: gRPC call poll_workflow_task_queue retried 9 times error=Status { code: "
        'ResourceExhausted, message: "namespace rate limit exceeded"',
    ],
)
@pytest.mark.parametrize(("age_s", "expected"), [(70, ["temporal.namespace-rate-limited"]), (300, [])])
def test_polls_that_are_refused_now_are_found_by_the_logs(line: str, age_s: float, expected: list[str]) -> None:
    lines = log(LogLine(line, NOW - timedelta(seconds=age_s)), ready=True)
    assert codes(NAMESPACE_EXISTS, served(logs=[lines])) == expected
