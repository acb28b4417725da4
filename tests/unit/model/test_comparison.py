"""Two reports are compared by what is wrong, not by names that change with every rollout."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from diagnose.model.comparison import compare, subjects_of
from diagnose.model.report import (
    Cause,
    ExitCode,
    Finding,
    Mute,
    Muted,
    Outcome,
    Remediation,
    Report,
    Severity,
    Status,
    TargetFacts,
)

FIX = Remediation(summary="Mend it.")
OLD_POD, NEW_POD = "worker-65cd86bc8f-62grt", "worker-777ffdbf75-wn26r"


def finding(code: str, *subjects: str, pods: tuple[str, ...] = (), severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(code=code, summary=f"{code}.", subjects=subjects, pods=pods, severity=severity, remediation=FIX)


def failed(check: str, *findings: Finding, explained_by: tuple[str, ...] = ()) -> Outcome:
    return Outcome(check=check, title="T", status=Status.FAIL, findings=findings, explained_by=explained_by)


def warned(check: str, code: str, *subjects: str) -> Outcome:
    found = (finding(code, *subjects, severity=Severity.WARNING),)
    return Outcome(check=check, title="T", status=Status.WARN, findings=found)


def passed(check: str) -> Outcome:
    return Outcome(check=check, title="T", status=Status.PASS)


def unknown(check: str) -> Outcome:
    return Outcome(check=check, title="T", status=Status.UNKNOWN, reason="forbidden")


def skipped(check: str) -> Outcome:
    return Outcome(check=check, title="T", status=Status.SKIP, reason="skipped")


def report(*outcomes: Outcome, pods: tuple[str, ...] = (OLD_POD,), works: bool = False) -> Report:
    causes = tuple(
        Cause(check=each.check, finding=found) for each in outcomes if not each.explained_by for found in each.findings
    )
    return Report(
        tool_version="0",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_s=1.0,
        complete=True,
        target=TargetFacts(
            context="c", namespace="n", profile="p", workload_kind="Deployment", workload_name="worker", pods=pods
        ),
        outcomes=outcomes,
        causes=causes,
        works=works,
    )


def codes(entries: tuple[object, ...]) -> list[str]:
    return [entry.finding.code for entry in entries]  # type: ignore[attr-defined]


def test_a_report_compared_with_itself_has_nothing_new() -> None:
    same = report(failed("a.b", finding("a.x", "secret/s")), warned("a.c", "a.y"), unknown("a.d"), passed("a.e"))
    compared = compare(same, same)
    assert (compared.new, compared.fixed, compared.not_checked, compared.unknown) == ((), (), (), ())
    assert codes(compared.unchanged) == ["a.x", "a.y"]
    assert compared.exit_code is ExitCode.OPEN


def test_what_was_not_there_is_new_and_what_is_gone_is_fixed() -> None:
    compared = compare(
        report(failed("a.b", finding("a.x")), passed("c.d")), report(passed("a.b"), failed("c.d", finding("c.x")))
    )
    assert codes(compared.new) == ["c.x"]
    assert codes(compared.fixed) == ["a.x"]
    assert compared.exit_code is ExitCode.FAILED


def test_a_pod_of_the_next_rollout_is_the_same_object() -> None:
    before = report(failed("a.b", finding("a.x", f"pod/{OLD_POD}", pods=(OLD_POD,))))
    after = report(failed("a.b", finding("a.x", f"pod/{NEW_POD}", pods=(NEW_POD,))), pods=(NEW_POD,))
    assert codes(compare(before, after).unchanged) == ["a.x"]


@pytest.mark.parametrize(
    ("subject", "stable_name"),
    [
        ("pod/postgres-0", "pod/postgres-0"),
        ("pod/frontend-65cd86bc8f-62grt", "pod/frontend"),
        ("replicaset/frontend-65cd86bc8f", "replicaset/frontend"),
        ("job/backup-29384756", "job/backup"),
        ("pod/backup-29384756-x2bcd", "pod/backup"),
        ("workflow/build-x2bcd", "workflow/build"),
        ("secret/app-x2bcd", "secret/app-x2bcd"),
        ("networkpolicy/msp/deny", "networkpolicy/msp/deny"),
    ],
)
def test_only_names_that_somebody_generated_are_shortened(subject: str, stable_name: str) -> None:
    assert subjects_of(finding("a.x", subject), report(passed("a.b"))) == {stable_name}


def test_the_same_code_about_another_object_is_new() -> None:
    before = report(failed("a.b", finding("a.x", "secret/one", "secret/two")))
    fewer = report(failed("a.b", finding("a.x", "secret/one")))
    other = report(failed("a.b", finding("a.x", "secret/three")))
    assert codes(compare(before, fewer).unchanged) == ["a.x"]
    assert codes(compare(fewer, before).new) == ["a.x"]
    assert codes(compare(before, other).new) == codes(compare(before, other).fixed) == ["a.x"]


def test_a_fault_that_another_check_finds_now_is_the_same_fault() -> None:
    compared = compare(
        report(failed("a.b", finding("a.x")), passed("a.c")), report(skipped("a.b"), failed("a.c", finding("a.x")))
    )
    assert codes(compared.unchanged) == ["a.x"]
    assert compared.not_checked == ()


def test_a_warning_that_became_a_failure_is_new() -> None:
    before, after = report(warned("a.b", "a.x")), report(failed("a.b", finding("a.x")))
    assert codes(compare(before, after).new) == ["a.x"]
    assert compare(before, after).exit_code is ExitCode.FAILED
    assert codes(compare(after, before).unchanged) == ["a.x"]
    assert compare(after, before).exit_code is ExitCode.OPEN


def test_another_summary_of_a_known_consequence_is_not_new() -> None:
    cause = failed("a.b", finding("a.x"))
    before = report(cause, failed("c.d", finding("c.restarting"), explained_by=("a.x",)))
    after = report(cause, failed("c.d", finding("c.waiting"), explained_by=("a.x",)))
    compared = compare(before, after)
    assert (compared.new, compared.fixed) == ((), ())
    assert compared.exit_code is ExitCode.OPEN


def test_a_consequence_of_a_check_that_was_well_is_a_new_failure() -> None:
    cause = failed("a.b", finding("a.x"))
    compared = compare(
        report(cause, passed("c.d")), report(cause, failed("c.d", finding("c.x"), explained_by=("a.x",)))
    )
    assert codes(compared.new) == ["c.x"]
    assert not compared.new[0].is_cause
    assert compared.exit_code is ExitCode.FAILED


@pytest.mark.parametrize("now", [(unknown("a.b"),), (skipped("a.b"),), ()], ids=["unknown", "skip", "not selected"])
def test_nothing_is_fixed_that_was_not_examined(now: tuple[Outcome, ...]) -> None:
    compared = compare(report(failed("a.b", finding("a.x"))), report(passed("c.d"), *now))
    assert compared.fixed == ()
    assert codes(compared.not_checked) == ["a.x"]


def test_what_is_muted_now_is_not_fixed() -> None:
    mute = Mute(code="a.x", reason="known", until=datetime(2026, 2, 1, tzinfo=UTC).date())
    hidden = replace(skipped("a.b"), muted=(Muted(finding=finding("a.x"), mute=mute),))
    other = Outcome(check="a.c", title="T", status=Status.FAIL, findings=(finding("a.y"),), muted=hidden.muted)
    for after in (report(hidden), report(other)):
        compared = compare(report(failed("a.b", finding("a.x")), failed("a.c", finding("a.x"))), after)
        assert compared.fixed == ()


def test_what_became_unknown_is_never_0() -> None:
    compared = compare(report(passed("a.b"), unknown("c.d")), report(unknown("a.b"), unknown("c.d")))
    assert [outcome.check for outcome in compared.unknown] == ["a.b"]
    assert compared.exit_code is ExitCode.INCOMPLETE


def test_a_report_without_an_end_is_never_0() -> None:
    whole = report(passed("a.b"))
    assert compare(whole, replace(whole, complete=False)).exit_code is ExitCode.INCOMPLETE
    assert compare(whole, replace(whole, outcomes=())).exit_code is ExitCode.INCOMPLETE


def test_the_same_fault_that_stops_the_worker_now_is_a_failure() -> None:
    bad = finding("a.x", pods=(OLD_POD,))
    before = report(failed("a.b", bad), pods=(OLD_POD, "worker-1"), works=True)
    compared = compare(before, report(failed("a.b", replace(bad, pods=())), works=False))
    assert compared.new == ()
    assert compared.stopped
    assert compared.exit_code is ExitCode.FAILED


def test_a_new_warning_counts_only_where_warnings_count() -> None:
    before, after = report(passed("a.b")), report(warned("a.b", "a.x"))
    assert compare(before, after).exit_code is ExitCode.OPEN
    assert compare(before, replace(after, fail_on_warn=True)).exit_code is ExitCode.WARNED


def test_causes_come_first_the_root_cause_before_all() -> None:
    consequence = failed("a.a", finding("a.z"), explained_by=("c.x",))
    after = report(consequence, failed("a.b", finding("a.x")), failed("c.d", finding("c.x")))
    after = replace(after, causes=after.causes[::-1])
    assert codes(compare(report(), after).new) == ["c.x", "a.x", "a.z"]
