"""Types of workflow that fail."""

from datetime import timedelta

import pytest

from checks.temporal.workflows_succeed import WORKFLOWS_SUCCEED
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.queries.workflow_executions import EndedExecution, Executions
from tests.support.kit import NOW, codes, findings
from tests.support.temporal import QUEUE, served, worker


@pytest.mark.parametrize(("completed", "expected"), [(False, ["temporal.workflows-failing"]), (True, [])])
def test_a_type_of_which_the_latest_executions_fail_is_found(completed: bool, expected: list[str]) -> None:
    ended = tuple(
        EndedExecution("job", QUEUE, completed, NOW - timedelta(seconds=5 * each), "" if completed else "no handler")
        for each in range(1, 13)
    )
    assert codes(WORKFLOWS_SUCCEED, served(executions=Executions(asked=True, ended=ended))) == expected


def of_pods(reason: str, *more: EndedExecution) -> Context:
    """Returns what a check sees where the executions of one of three pods fail."""
    ended = tuple(
        EndedExecution(
            "job", QUEUE, host != "worker-1", NOW - timedelta(seconds=5 * number), reason, worker=f"1@{host}"
        )
        for number, host in enumerate(("worker-1", "worker-2", "worker-1", "worker-3") * 3)
    )
    pods = tuple(worker(f"worker-{number}", node=f"n{number}") for number in (1, 2, 3))
    return served(executions=Executions(asked=True, ended=(*ended, *more)), pods=pods)


@pytest.mark.parametrize("reason", ["no handler", "connect ECONNREFUSED 10.0.0.1:5432"])
def test_a_pod_whose_executions_alone_fail_is_named_and_replaced(reason: str) -> None:
    (found,) = findings(WORKFLOWS_SUCCEED, of_pods(reason))
    assert (found.code, found.confidence, found.pods) == (
        "temporal.differs-by-worker",
        Confidence.LIKELY,
        ("worker-1",),
    )
    assert "only on pod worker-1: 6 of 6 fail there, 0 of 6 elsewhere" in found.summary
    assert found.remediation.steps[0].command == "kubectl -n msp delete pod worker-1"
    assert found.alternative_codes == ("temporal.workflows-failing",)


def test_new_workflows_go_to_the_version_whose_executions_complete() -> None:
    ended = tuple(
        EndedExecution(
            "job", QUEUE, bool(number % 2), NOW - timedelta(seconds=5 * number), version=f"jobs.v{1 + number % 2}"
        )
        for number in range(12)
    )
    (found,) = findings(WORKFLOWS_SUCCEED, served(executions=Executions(asked=True, ended=ended)))
    assert "only on version jobs.v1: 6 of 6 fail there" in found.summary
    assert found.remediation.steps[0].command.endswith("--deployment-name jobs --build-id v2 --yes")


def test_that_all_other_types_complete_is_evidence_of_one_that_fails() -> None:
    results = [("job", False)] * 6 + [("other", True)] * 8
    ended = tuple(EndedExecution(name, QUEUE, done, NOW - timedelta(seconds=5)) for name, done in results)
    (found,) = findings(WORKFLOWS_SUCCEED, served(executions=Executions(asked=True, ended=ended)))
    counts = "6 of 6 failed, 0 of 8 of other types and queues"
    assert found.evidence[1].text == f"only executions of job in {QUEUE}: {counts}"


def timed_out(*allowed_s: float) -> Context:
    reason = "it took longer than it may"
    ended = tuple(
        EndedExecution("job", QUEUE, False, NOW - timedelta(seconds=5 * number), reason, allowed_s=each)
        for number, each in enumerate(allowed_s)
    )
    return served(executions=Executions(asked=True, ended=ended))


def test_workflows_that_may_run_for_seconds_alone_are_ended_by_that() -> None:
    (found,) = findings(WORKFLOWS_SUCCEED, timed_out(*[3.0] * 6))
    assert "Temporal ends each after 3 s, its timeout" in found.summary
    assert "longer run or execution timeout" in found.remediation.steps[0].text


@pytest.mark.parametrize("ctx", [timed_out(*[600.0] * 6), timed_out(*[3.0] * 3), timed_out(*[3.0] * 5, 0.0)])
def test_timeouts_that_an_outage_may_have_brought_are_left_to_its_checks(ctx: Context) -> None:
    assert codes(WORKFLOWS_SUCCEED, ctx) == []
