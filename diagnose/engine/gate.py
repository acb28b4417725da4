"""The waiting of a gate and its baseline: functions over reports, with running and sleeping as parameters.

After the first run only the checks that keep the gate closed run again. When their outcomes change, and from time to
time, all checks run again, so the last report is of one moment.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Check
from diagnose.model.comparison import Entry, compare
from diagnose.model.gate import Baseline, Ending, FindingChange, Wait
from diagnose.model.report import ExitCode, Outcome, Report, Severity, Status
from diagnose.text.sentences import listed

PAUSES_S = (2.0, 3.0, 5.0, 8.0, 10.0)
WHOLE_EVERY_S = 60.0


class Attempt(msgspec.Struct, frozen=True):
    """The result of one run.

    Attributes:
        transient: codes of findings that may go away without a change.
        forbidden: reasons of unknown checks that only an administrator can remove.
    """

    report: Report
    transient: frozenset[str] = frozenset()
    forbidden: tuple[str, ...] = ()


class RunOnce(Protocol):
    """Runs all checks once, or only the named ones and what they require."""

    def __call__(self, only: tuple[str, ...] = ()) -> Attempt:
        """Returns the result."""
        ...


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of waiting.

    Attributes:
        limit_s: time within which runs may start, in seconds.
        clock: monotonic clock, in seconds.
        pause: sleeps for so many seconds; returns True where a stop was requested meanwhile.
        show: shows between two runs what the gate waits for.
        store: stores each complete report before the last one, in case the process is killed.
    """

    limit_s: float
    clock: Callable[[], float]
    pause: Callable[[float], bool]
    show: Callable[[str], None] = lambda _: None
    store: Callable[[Report], object] = lambda _: None


def transient_codes(checks: Iterable[Check]) -> frozenset[str]:
    """Returns the codes of findings that may go away without a change."""
    return frozenset(code.id for check in checks for code in check.codes if code.transient)


def closing(report: Report) -> tuple[Outcome, ...]:
    """Returns the outcomes that keep the gate closed, in the order of the checks."""
    return tuple(outcome for outcome in report.outcomes if report.closes(outcome))


def permanent_failures(attempt: Attempt) -> tuple[str, ...]:
    """Returns what keeps the gate closed permanently: codes of causes, and ids of checks that are not permitted.

    Consequences go away with their cause, so only causes are considered.
    """
    report, closed = attempt.report, {outcome.check: outcome.status for outcome in closing(attempt.report)}
    # A warning next to a failed or unknown check does not keep the gate closed by itself.
    decides = {Severity.CRITICAL: Status.FAIL, Severity.WARNING: Status.WARN}
    permanent = [
        cause.finding.code
        for cause in report.causes
        if cause.finding.code not in attempt.transient
        and closed.get(cause.check) is decides.get(cause.finding.severity, Status.PASS)
    ]
    blind = [
        outcome.check
        for outcome in closing(report)
        if outcome.status is Status.UNKNOWN and any(reason in outcome.reason for reason in attempt.forbidden)
    ]
    return tuple(dict.fromkeys((*permanent, *blind, *report.not_selected)))


def wait(run_once: RunOnce, patience: Patience) -> Report:
    """Returns the report of the last complete run, which contains the waiting time.

    Ends when the gate is open, when a permanent failure closes it, at the limit, or when a stop is requested. A run
    that starts before the limit is completed.
    """
    began, tries = patience.clock(), 0
    while True:
        attempt, tries = run_once(), tries + 1
        ending, permanent = _ending(attempt, began + patience.limit_s <= patience.clock())
        if ending is None:
            patience.store(replace(attempt.report, complete=False))
            stopped, more = _until_changed(run_once, attempt.report, began, patience)
            tries += more
            ending = Ending.INTERRUPTED if stopped else None
        if ending is not None:
            waited = Wait(
                limit_s=patience.limit_s,
                waited_s=round(patience.clock() - began, 3),
                tries=tries,
                ended=ending,
                lasting=permanent,
            )
            interrupted = ending is Ending.INTERRUPTED
            report = replace(attempt.report, interrupted=True, complete=False) if interrupted else attempt.report
            return replace(report, wait=waited)


def _ending(attempt: Attempt, late: bool) -> tuple[Ending | None, tuple[str, ...]]:
    if attempt.report.interrupted:
        return Ending.INTERRUPTED, ()
    if attempt.report.exit_code is ExitCode.OPEN:
        return Ending.OPEN, ()
    if permanent := permanent_failures(attempt):
        return Ending.PERMANENT, permanent
    return (Ending.DEADLINE if late else None), ()


def _until_changed(run_once: RunOnce, before: Report, began: float, patience: Patience) -> tuple[bool, int]:
    """Waits until all checks should run again; returns whether to stop instead, and the number of runs."""
    waited_for = tuple(outcome.check for outcome in closing(before))
    deadline, whole_at, tries = began + patience.limit_s, patience.clock() + WHOLE_EVERY_S, 0
    while patience.clock() < min(deadline, whole_at):
        patience.show(_status(before, patience.clock() - began, patience.limit_s))
        pause = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
        if patience.pause(max(0.0, min(pause, deadline - patience.clock()))):
            return True, tries
        if not waited_for or patience.clock() >= deadline:
            return False, tries
        again, tries = run_once(waited_for).report, tries + 1
        if again.interrupted:
            return True, tries
        if _results(again, waited_for) != _results(before, waited_for):
            return False, tries
    return False, tries


def _results(report: Report, checks: tuple[str, ...]) -> dict[str, tuple[Status, frozenset[str]]]:
    """Returns status and codes of the checks, without sentences, which differ between runs."""
    return {
        each.check: (each.status, frozenset(finding.code for finding in each.findings))
        for each in report.outcomes
        if each.check in checks
    }


def _status(report: Report, waited_s: float, limit_s: float) -> str:
    names = [outcome.check for outcome in closing(report)]
    return f"waiting, {waited_s:.0f} of {limit_s:.0f} s: {listed(names, 3) or 'the run to complete'}"


def with_baseline(report: Report, earlier: Report, *, only_new: bool) -> Report:
    """Returns the report with the comparison to the earlier one."""
    compared = compare(earlier, report)
    baseline = Baseline(
        made_at=earlier.started_at,
        only_new=only_new,
        stopped=compared.stopped,
        new=_changes(compared.new),
        fixed=_changes(compared.fixed),
        unchanged=_changes(compared.unchanged),
        untold=_changes(compared.not_checked),
    )
    return replace(report, baseline=baseline)


def _changes(entries: Iterable[Entry]) -> tuple[FindingChange, ...]:
    return tuple(
        FindingChange(
            check=entry.check,
            code=entry.finding.code,
            severity=entry.finding.severity.value,
            summary=entry.finding.summary,
        )
        for entry in entries
    )
