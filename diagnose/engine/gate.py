"""How a gate waits, and what an earlier report excuses: functions over reports; what looks and what sleeps is given.

A try that follows the first asks again only what keeps the gate closed. Where that has changed, and from time to time,
everything is looked at again, so the last report is of one moment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from diagnose.check.api import Check
from diagnose.model.comparison import Entry, compare
from diagnose.model.gate import Baseline, Change, Ending, Wait
from diagnose.model.report import ExitCode, Outcome, Report, Severity, Status

PAUSES_S = (2.0, 3.0, 5.0, 8.0, 10.0)
WHOLE_EVERY_S = 60.0


@dataclass(frozen=True)
class Seen:
    """What one try gave.

    Attributes:
        heals: codes of findings that may pass without anybody doing anything.
        forbidden: reasons for not looking that only somebody with rights can remove.
    """

    report: Report
    transient: frozenset[str] = frozenset()
    forbidden: tuple[str, ...] = ()


class Look(Protocol):
    """Looks once: at everything, or only at the checks named and what they require."""

    def __call__(self, only: tuple[str, ...] = ()) -> Seen:
        """What is there now."""
        ...


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How to wait.

    Attributes:
        limit_s: for how long tries may begin, in seconds.
        clock: monotonic, in seconds.
        pause: waits for so many seconds; True where somebody asked to stop meanwhile.
        tell: is told between two tries what is waited for, in words.
        keep: is given each report of everything that is not the last one: should the process be killed, it is what was
            known.
    """

    limit_s: float
    clock: Callable[[], float]
    pause: Callable[[float], bool]
    tell: Callable[[str], None] = lambda _: None
    keep: Callable[[Report], None] = lambda _: None


def transient_codes(checks: Iterable[Check]) -> frozenset[str]:
    """Codes of findings that may pass without anybody doing anything."""
    return frozenset(code.id for check in checks for code in check.codes if code.transient)


def closing(report: Report) -> tuple[Outcome, ...]:
    """What keeps the gate closed, in the order of the checks."""
    return tuple(outcome for outcome in report.outcomes if report.closes(outcome))


def lasting(seen: Seen) -> tuple[str, ...]:
    """What keeps the gate closed and no waiting mends: codes of causes, and ids of checks that cannot look.

    What follows from a cause passes with it, so only causes are asked.
    """
    report, closed = seen.report, {outcome.check: outcome.status for outcome in closing(seen.report)}
    # A warning beside a failure, or beside what could not be told, closes nothing by itself.
    decides = {Severity.CRITICAL: Status.FAIL, Severity.WARNING: Status.WARN}
    for_good = [
        cause.finding.code
        for cause in report.causes
        if cause.finding.code not in seen.transient
        and closed.get(cause.check) is decides.get(cause.finding.severity, Status.PASS)
    ]
    blind = [
        outcome.check
        for outcome in closing(report)
        if outcome.status is Status.UNKNOWN and any(reason in outcome.reason for reason in seen.forbidden)
    ]
    return tuple(dict.fromkeys((*for_good, *blind, *report.not_selected)))


def wait(look: Look, patience: Patience) -> Report:
    """The report of the last look at everything, which says how long was waited.

    Ends when the gate is open, when what closes it will not heal, at the limit, or when somebody asks to stop. A look
    that begins before the limit is finished.
    """
    began, tries = patience.clock(), 0
    while True:
        seen, tries = look(), tries + 1
        ending, for_good = _ending(seen, began + patience.limit_s <= patience.clock())
        if ending is None:
            patience.keep(replace(seen.report, complete=False))
            stopped, more = _until_changed(look, seen.report, began, patience)
            tries += more
            ending = Ending.INTERRUPTED if stopped else None
        if ending is not None:
            waited = Wait(
                limit_s=patience.limit_s,
                waited_s=round(patience.clock() - began, 3),
                tries=tries,
                ended=ending,
                lasting=for_good,
            )
            cut = ending is Ending.INTERRUPTED
            report = replace(seen.report, interrupted=True, complete=False) if cut else seen.report
            return replace(report, wait=waited)


def _ending(seen: Seen, late: bool) -> tuple[Ending | None, tuple[str, ...]]:
    if seen.report.interrupted:
        return Ending.INTERRUPTED, ()
    if seen.report.exit_code is ExitCode.OPEN:
        return Ending.OPEN, ()
    if for_good := lasting(seen):
        return Ending.PERMANENT, for_good
    return (Ending.DEADLINE if late else None), ()


def _until_changed(look: Look, before: Report, began: float, patience: Patience) -> tuple[bool, int]:
    """Wait until it is worth looking at everything again; whether to stop instead, and how often was tried."""
    waited_for = tuple(outcome.check for outcome in closing(before))
    deadline, whole_at, tries = began + patience.limit_s, patience.clock() + WHOLE_EVERY_S, 0
    while patience.clock() < min(deadline, whole_at):
        patience.tell(_status(before, patience.clock() - began, patience.limit_s))
        pause = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
        if patience.pause(max(0.0, min(pause, deadline - patience.clock()))):
            return True, tries
        if not waited_for or patience.clock() >= deadline:
            return False, tries
        again, tries = look(waited_for).report, tries + 1
        if again.interrupted:
            return True, tries
        if _ends(again, waited_for) != _ends(before, waited_for):
            return False, tries
    return False, tries


def _ends(report: Report, checks: tuple[str, ...]) -> dict[str, tuple[Status, frozenset[str]]]:
    """How the checks ended, without the words, which differ with every try."""
    return {
        each.check: (each.status, frozenset(finding.code for finding in each.findings))
        for each in report.outcomes
        if each.check in checks
    }


def _status(report: Report, waited_s: float, limit_s: float) -> str:
    names = [outcome.check for outcome in closing(report)]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"waiting, {waited_s:.0f} of {limit_s:.0f} s: {', '.join(names[:3]) or 'the run to complete'}{more}"


def against(report: Report, earlier: Report, *, only_new: bool) -> Report:
    """The report with what became of things since the earlier one."""
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


def _changes(entries: Iterable[Entry]) -> tuple[Change, ...]:
    return tuple(
        Change(
            check=entry.check,
            code=entry.finding.code,
            severity=entry.finding.severity.value,
            summary=entry.finding.summary,
        )
        for entry in entries
    )
