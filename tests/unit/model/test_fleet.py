"""Nothing that was given or expected is left out of a fleet, and what cannot be relied on is unknown."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from diagnose.model.fleet import Fleet, Member, MemberState, gather, member_of
from diagnose.model.report import Cause, ExitCode, Finding, Outcome, Remediation, Report, Severity, Status, TargetFacts

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def finding(code: str, severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(code=code, summary=f"{code}.", severity=severity, remediation=Remediation(summary="Mend it."))


def report(namespace: str, status: Status = Status.PASS, code: str = "a.x", *, works: bool = False) -> Report:
    found = {
        Status.FAIL: (finding(code),),
        Status.WARN: (finding(code, Severity.WARNING),),
    }.get(status, ())
    return Report(
        tool_version="0",
        started_at=NOW - timedelta(minutes=5),
        duration_s=1.0,
        complete=True,
        target=TargetFacts(
            context="c", namespace=namespace, profile="p", workload_kind="Deployment", workload_name="worker"
        ),
        outcomes=(Outcome(check="a.b", title="T", status=status, findings=found, reason="why"),),
        causes=tuple(Cause(check="a.b", finding=each) for each in found),
        works=works,
    )


def fleet_of(*reports: Report, expected: tuple[str, ...] = ()) -> Fleet:
    return gather((member_of(each, f"{each.target.namespace}.json", NOW, DAY) for each in reports), expected)


def names(fleet: Fleet) -> list[tuple[str, str]]:
    return [(member.namespace, member.state.value) for member in fleet.members]


def test_the_worst_comes_first() -> None:
    fleet = fleet_of(
        report("well"),
        report("warned", Status.WARN),
        report("dark", Status.UNKNOWN),
        report("limping", Status.FAIL, works=True),
        report("down", Status.FAIL),
    )
    assert names(fleet) == [
        ("down", "broken"),
        ("limping", "degraded"),
        ("dark", "unknown"),
        ("warned", "warned"),
        ("well", "healthy"),
    ]


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ((Status.PASS, Status.WARN), ExitCode.OPEN),
        ((Status.PASS, Status.UNKNOWN), ExitCode.INCOMPLETE),
        ((Status.UNKNOWN, Status.FAIL), ExitCode.FAILED),
        ((), ExitCode.INCOMPLETE),
    ],
)
def test_the_exit_code_is_the_worst(statuses: tuple[Status, ...], code: ExitCode) -> None:
    assert fleet_of(*(report(f"n{place}", status) for place, status in enumerate(statuses))).exit_code is code


def test_unknown_is_worse_than_warnings_that_count() -> None:
    warned = replace(report("a", Status.WARN), fail_on_warn=True)
    assert fleet_of(warned).exit_code is ExitCode.WARNED
    assert fleet_of(warned, report("b", Status.UNKNOWN)).exit_code is ExitCode.INCOMPLETE


@pytest.mark.parametrize(
    "fields", [{"complete": False}, {"outcomes": ()}, {"interrupted": True, "complete": False}], ids=str
)
def test_a_run_without_its_end_is_unknown(fields: dict[str, object]) -> None:
    cut = replace(report("a"), **fields)
    assert names(fleet_of(cut)) == [("a", "unknown")]
    assert fleet_of(cut).exit_code is ExitCode.INCOMPLETE


def test_an_expected_namespace_without_a_report_is_unknown() -> None:
    fleet = fleet_of(report("a"), expected=("a", "b", "b"))
    assert names(fleet) == [("b", "unknown"), ("a", "healthy")]
    assert fleet.exit_code is ExitCode.INCOMPLETE


def test_a_file_that_cannot_be_read_is_a_member() -> None:
    fleet = gather([Member(source="bad.json", problem="no JSON")])
    assert names(fleet) == [("", "unknown")]
    assert fleet.exit_code is ExitCode.INCOMPLETE


def test_a_file_that_cannot_be_read_is_that_of_the_expected_namespace_in_its_name() -> None:
    unread = [Member(source=f"folder/{name}", problem="no JSON") for name in ("b.json", "other.json")]
    fleet = gather(unread, ["a", "b"])
    assert sorted(names(fleet)) == [("", "unknown"), ("a", "unknown"), ("b", "unknown")]
    assert {member.namespace: member.problem for member in fleet.members}["b"] == "no JSON"


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL])
def test_an_old_report_says_nothing_of_the_present(status: Status) -> None:
    old = replace(report("a", status), started_at=NOW - timedelta(days=3))
    fleet = fleet_of(old)
    assert names(fleet) == [("a", "unknown")]
    assert fleet.causes == ()
    assert "3 d old" in fleet.members[0].problem
    assert member_of(old, "a.json", NOW, None).problem == ""


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    naive = replace(report("a"), started_at=datetime(2026, 1, 1, 23, 0))  # noqa: DTZ001 - what a file may say
    assert member_of(naive, "a.json", NOW, DAY).problem == ""


def test_the_same_cause_of_many_is_one_with_all_of_them() -> None:
    fleet = fleet_of(
        *(report(f"n{number}", Status.FAIL, "vault.sealed") for number in range(3)),
        report("other", Status.FAIL, "database.down"),
        *(report(f"w{number}", Status.WARN, "scaling.one") for number in range(5)),
    )
    assert [(each.code, len(each.members)) for each in fleet.causes] == [
        ("vault.sealed", 3),
        ("database.down", 1),
        ("scaling.one", 5),
    ]


def test_two_reports_of_one_namespace_are_both_there() -> None:
    fleet = fleet_of(report("a"), report("a", Status.FAIL))
    assert names(fleet) == [("a", "broken"), ("a", "healthy")]
    assert sum(fleet.count(state) for state in MemberState) == 2
