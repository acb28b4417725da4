"""The exit code and the verdict come from the report alone, and outcomes cannot contradict themselves."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from diagnose.model.report import (
    Alternative,
    ExitCode,
    Finding,
    Impact,
    Outcome,
    Remediation,
    Report,
    Severity,
    Status,
    TargetFacts,
    Verdict,
)

FACTS = TargetFacts(context="c", namespace="n", profile="p", workload_kind="Deployment", workload_name="w")
FINDING = Finding(code="a.b", summary="x", remediation=Remediation(summary="y."))
WARNING = Finding(code="a.w", summary="x", remediation=Remediation(summary="y."), severity=Severity.WARNING)


def outcome(status: Status) -> Outcome:
    found = {Status.FAIL: (FINDING,), Status.WARN: (WARNING,)}.get(status, ())
    reason = "why" if status in {Status.SKIP, Status.UNKNOWN} else ""
    return Outcome(check=f"t.{status.value}", title="T", status=status, findings=found, reason=reason)


def test_the_codes_of_alternatives_are_apart_from_their_sentences() -> None:
    finding = replace(FINDING, alternatives=("p.", Alternative("q.", "a.q")), alternative_codes=("a.b", "a.p"))
    assert finding.alternatives == ("p.", "q.")
    assert {type(each) for each in finding.alternatives} == {str}
    assert finding.alternative_codes == ("a.b", "a.p", "a.q")
    assert finding.explained_codes == ("a.b", "a.p", "a.q")


def report(*statuses: Status, complete: bool = True, interrupted: bool = False, fail_on_warn: bool = False) -> Report:
    return Report(
        tool_version="0",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_s=1.0,
        complete=complete,
        target=FACTS,
        outcomes=tuple(map(outcome, statuses)),
        interrupted=interrupted,
        fail_on_warn=fail_on_warn,
    )


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ((Status.PASS,), ExitCode.OPEN),
        ((Status.PASS, Status.WARN, Status.SKIP), ExitCode.OPEN),
        ((Status.PASS, Status.UNKNOWN), ExitCode.INCOMPLETE),
        ((Status.FAIL, Status.UNKNOWN), ExitCode.FAILED),
        ((), ExitCode.INCOMPLETE),
    ],
)
def test_failed_comes_before_unknown_comes_before_open(statuses: tuple[Status, ...], code: ExitCode) -> None:
    assert report(*statuses).exit_code is code


def test_warnings_close_a_gate_only_on_request() -> None:
    assert report(Status.WARN, fail_on_warn=True).exit_code is ExitCode.WARNED
    assert report(Status.WARN, Status.UNKNOWN, fail_on_warn=True).exit_code is ExitCode.INCOMPLETE


def test_an_interrupted_or_incomplete_run_is_never_open() -> None:
    assert report(Status.PASS, interrupted=True).exit_code is ExitCode.INTERRUPTED
    assert report(Status.PASS, complete=False).exit_code is ExitCode.INCOMPLETE
    assert report(Status.PASS, complete=False).verdict is Verdict.UNKNOWN


def test_a_run_without_checks_is_not_healthy() -> None:
    assert report().verdict is Verdict.UNKNOWN


def test_an_outcome_cannot_fail_without_a_finding() -> None:
    with pytest.raises(ValueError, match="fail with 0 findings"):
        Outcome(check="a.b", title="T", status=Status.FAIL)


def test_an_outcome_cannot_pass_with_a_finding() -> None:
    with pytest.raises(ValueError, match="pass with 1 findings"):
        Outcome(check="a.b", title="T", status=Status.PASS, findings=(FINDING,))


@pytest.mark.parametrize("status", [Status.SKIP, Status.UNKNOWN])
def test_a_skip_or_unknown_says_why(status: Status) -> None:
    with pytest.raises(ValueError, match="without a reason"):
        Outcome(check="a.b", title="T", status=status)


@pytest.mark.parametrize(
    ("impact", "severe"),
    [
        (Impact(ready=3, desired=3, waiting=6, oldest_s=30.0), False),
        (Impact(ready=2, desired=3, waiting=6, oldest_s=30.0), True),
        (Impact(ready=2, desired=3, waiting=6, oldest_s=5.0), False),
        (Impact(waiting=6, oldest_s=30.0), False),
        (Impact(waiting=6, oldest_s=90.0), True),
        (Impact(ready=1, desired=3), True),
    ],
)
def test_tasks_that_wait_while_pods_are_missing_impair_the_work_early(impact: Impact, severe: bool) -> None:
    assert impact.is_severe is severe
