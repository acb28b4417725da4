"""What a watch shows after a cause is gone: its consequences are no new cause, anything new is."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from checks import CHECKS
from diagnose.cli.watch.recovery import BACK_OFF, GRACE
from diagnose.cli.watch.snapshots import PodSnapshot, Snapshot, after, changes, snapshot_of
from diagnose.model.report import Cause, Evidence, Finding, Remediation, Report, Status
from tests.reports.samples import HEALTHY_CHECKS, STARTED, outcome, report

FIX = Remediation(summary="Mend it.")
UNREACHABLE = Finding(code="temporal.unreachable", summary="Temporal is unreachable.", remediation=FIX)
FAILED = Finding(code="logs.startup-failed", summary="The worker fails while it starts.", remediation=FIX)
REJECTED = Finding(code="database.login-rejected", summary="The database rejects the login.", remediation=FIX)
RUN = timedelta(seconds=10)


def logged(finding: Finding, at: datetime) -> Finding:
    """The finding, with evidence of that time."""
    return replace(finding, evidence=(Evidence(source="pod worker-1", text="connect failed", last_at=at),))


def run(at: datetime, causes: Mapping[str, Finding], explained: Mapping[str, Finding], *skipped: str) -> Report:
    """A run whose first cause explains these findings and the checks that were skipped."""
    found = {**causes, **explained}
    explains = (*explained, *skipped)
    return report(
        *(outcome(check, Status.FAIL, findings=(each,)) for check, each in found.items()),
        *(outcome(check, Status.SKIP, reason="no Temporal") for check in skipped),
        *HEALTHY_CHECKS[2:3],
        causes=tuple(
            Cause(check=check, finding=each, explains=explains if place == 0 else ())
            for place, (check, each) in enumerate(causes.items())
        ),
        started_at=at,
        works=False,
    )


def watched(*reports: Report, ready: bool = False) -> Snapshot:
    """The last snapshot of a watch with these runs."""
    known: Snapshot | None = None
    pod = PodSnapshot(name="worker-1", state="CrashLoopBackOff", ready=ready, restarts=3, made_at=None)
    for each in reports:
        known = after(known, replace(snapshot_of(each, (), each.started_at), pods={pod.name: pod}), CHECKS)
    assert known
    return known


BEFORE = run(
    STARTED,
    {"temporal.port-reachable": UNREACHABLE},
    {"logs.startup-complete": logged(FAILED, STARTED)},
    "temporal.queues-polled",
    "database.login-accepted",
)
MENDED_AT = STARTED + RUN


def left(at: datetime, finding: Finding = FAILED, check: str = "logs.startup-complete") -> Report:
    """A run with one cause."""
    return run(at, {check: finding}, {})


def test_a_consequence_of_a_cause_that_is_gone_is_no_new_cause() -> None:
    now = watched(BEFORE, left(MENDED_AT, logged(FAILED, STARTED)))
    assert now.state == "RECOVERING"
    assert not now.active
    assert now.recovering_since == MENDED_AT
    known = watched(BEFORE)
    assert [each.text.partition(", ")[0] for each in changes(known, known, now)] == [
        "DOWN → RECOVERING: left over: logs.startup-failed",
        "resolved: temporal.unreachable",
    ]


def test_a_consequence_that_shows_only_after_the_fix_is_no_new_cause_either() -> None:
    of_pod = replace(FAILED, pods=("worker-1",))
    unreachable = replace(UNREACHABLE, code="temporal.no-endpoints")
    passing = run(STARTED, {"temporal.port-reachable": unreachable}, {})
    passing = replace(passing, outcomes=(*passing.outcomes, outcome("logs.startup-complete")))
    assert watched(passing, left(MENDED_AT, of_pod)).state == "RECOVERING"
    # Another system is no consequence.
    passing = replace(passing, outcomes=(*passing.outcomes, outcome("database.port-reachable")))
    assert watched(passing, left(MENDED_AT, REJECTED, "database.port-reachable")).state == "DOWN"


def test_since_is_the_first_run_without_the_cause_however_many_follow() -> None:
    runs = [left(MENDED_AT + RUN * count, logged(FAILED, STARTED)) for count in range(4)]
    assert watched(BEFORE, *runs).recovering_since == MENDED_AT


def test_an_attempt_that_began_before_the_fix_may_still_fail() -> None:
    assert watched(BEFORE, left(MENDED_AT + RUN, logged(FAILED, MENDED_AT + GRACE))).state == "RECOVERING"


@pytest.mark.parametrize(
    "last",
    [
        left(MENDED_AT + BACK_OFF, logged(FAILED, MENDED_AT + GRACE + RUN)),
        left(MENDED_AT + BACK_OFF + RUN, FAILED),
        left(MENDED_AT + RUN, REJECTED, "database.login-accepted"),
        left(MENDED_AT + RUN, REJECTED, "temporal.port-reachable"),
        left(MENDED_AT + RUN, replace(FAILED, code="logs.config-rejected")),
    ],
    ids=["new evidence", "after the longest back-off", "did not run before", "its own check", "another finding"],
)
def test_what_the_fix_does_not_explain_is_a_cause(last: Report) -> None:
    now = watched(BEFORE, left(MENDED_AT, FAILED), last)
    assert now.state == "DOWN"
    assert list(now.active) == list(now.causes)


def test_old_evidence_of_a_check_that_did_not_run_before_is_left_over() -> None:
    found = logged(replace(FAILED, code="temporal.executions-failed"), STARTED)
    assert watched(BEFORE, left(MENDED_AT, found, "temporal.queues-polled")).state == "RECOVERING"


def test_a_cause_that_stays_is_one_while_another_is_gone() -> None:
    both = run(STARTED, {"a.first": UNREACHABLE, "b.second": REJECTED}, {"logs.startup-complete": FAILED})
    now = watched(both, run(MENDED_AT, {"b.second": REJECTED, "logs.startup-complete": FAILED}, {}))
    assert now.state == "DOWN"
    assert [each.finding for each in now.active.values()] == [REJECTED]


def test_a_cause_that_comes_again_is_one() -> None:
    again = run(MENDED_AT + RUN, {"temporal.port-reachable": UNREACHABLE}, {})
    assert watched(BEFORE, left(MENDED_AT), again).state == "DOWN"


def test_other_pods_of_the_same_cause_do_not_resolve_it() -> None:
    of_another_pod = replace(UNREACHABLE, subjects=("pod/worker-2",))
    assert watched(BEFORE, run(MENDED_AT, {"temporal.port-reachable": of_another_pod}, {})).state == "DOWN"


@pytest.mark.parametrize(("status", "blocked_by"), [(Status.UNKNOWN, ()), (Status.SKIP, ("workload.running",))])
def test_a_cause_whose_check_has_no_result_is_not_resolved_until_it_has_one(
    status: Status, blocked_by: tuple[str, ...]
) -> None:
    blind = report(
        outcome("workload.running", Status.UNKNOWN, reason="no pod runs"),
        outcome("temporal.port-reachable", status, reason="no pod runs", blocked_by=blocked_by),
        started_at=MENDED_AT,
    )
    known = watched(BEFORE)
    now = watched(BEFORE, blind)
    assert now.state == "UNKNOWN"
    assert [each.finding for each in now.known.values()] == [UNREACHABLE]
    assert [each.text.partition(", ")[0] for each in changes(known, known, now)][1:] == [
        "not checked now: temporal.unreachable"
    ]
    again = watched(BEFORE, blind, BEFORE)
    assert len(list(changes(now, now, again))) == 1
    resolved = watched(BEFORE, blind, report(outcome("temporal.port-reachable"), started_at=MENDED_AT + RUN))
    assert resolved.state == "RECOVERING"
    assert "resolved: temporal.unreachable" in [each.text.partition(", ")[0] for each in changes(now, now, resolved)]


def test_a_check_that_is_not_applicable_any_more_resolves_its_cause() -> None:
    removed = report(
        outcome("temporal.port-reachable", Status.SKIP, reason="it uses no Temporal"), started_at=MENDED_AT
    )
    assert watched(BEFORE, removed).state == "RECOVERING"


def test_a_cause_that_another_one_explains_now_is_not_resolved() -> None:
    deeper = run(MENDED_AT, {"a.first": REJECTED}, {"temporal.port-reachable": UNREACHABLE})
    known, now = watched(BEFORE), watched(BEFORE, deeper)
    assert [each.text.partition(", ")[0] for each in changes(known, known, now)] == ["database.login-rejected"]


def test_only_the_subject_that_is_fixed_is_resolved() -> None:
    one, other = (replace(UNREACHABLE, subjects=(f"pod/{name}",)) for name in "ab")
    causes = tuple(Cause(check="temporal.port-reachable", finding=each) for each in (one, other))
    both = report(outcome("temporal.port-reachable", Status.FAIL, findings=(one, other)), causes=causes)
    left = report(outcome("temporal.port-reachable", Status.FAIL, findings=(other,)), causes=causes[1:])
    known, now = watched(both), watched(both, left)
    assert list(now.active) == ["temporal.unreachable pod/b"]
    assert not [each for each in changes(known, known, now) if each.mark == "fail"]


def test_pods_that_are_not_ready_yet_are_recovering_and_ready_ones_are_back() -> None:
    healthy = report(*HEALTHY_CHECKS, started_at=MENDED_AT, works=True)
    assert watched(BEFORE, healthy).state == "RECOVERING"
    back = watched(BEFORE, healthy, ready=True)
    assert (back.state, back.recovery) == ("HEALTHY", None)


def test_what_is_unknown_is_not_said_to_recover_and_the_recovery_goes_on_afterwards() -> None:
    starting = report(
        outcome("temporal.port-reachable"),
        outcome("workload.running", Status.UNKNOWN, reason="3 of 3 pods are still starting"),
        started_at=MENDED_AT,
    )
    assert watched(BEFORE, starting).state == "UNKNOWN"
    after_it = watched(BEFORE, starting, left(MENDED_AT + RUN, logged(FAILED, STARTED)))
    assert (after_it.state, after_it.recovering_since) == ("RECOVERING", MENDED_AT)


def test_without_a_cause_before_there_is_nothing_to_recover_from() -> None:
    assert watched(left(STARTED), left(MENDED_AT)).state == "DOWN"
    assert watched(report(*HEALTHY_CHECKS, works=True)).state == "HEALTHY"
