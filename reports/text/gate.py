"""The sentences about a gate: its waiting, its requirements, the changes since a baseline."""

from collections.abc import Iterator

from diagnose.model.gate import Baseline, Ending, FindingChange, Wait
from diagnose.model.report import Report, Status
from diagnose.text.characters import one_line
from diagnose.text.durations import to_text
from diagnose.text.sentences import listed
from reports.text.phrases import full_time, number

SHOWN = 5
_ENDED = {
    Status.FAIL: "failed",
    Status.WARN: "has a warning",
    Status.SKIP: "was skipped",
    Status.UNKNOWN: "is unknown",
}


def terms(report: Report) -> Iterator[str]:
    """Yields a sentence for the waiting, each unmet requirement and the baseline of a gate."""
    if report.wait:
        yield _waited(report.wait, report)
    yield from _requirements(report)
    if report.baseline:
        yield _compared(report.baseline, report)


def unmet(report: Report) -> Iterator[str]:
    """Yields what closes a gate apart from failed and unknown checks: requirements, and warnings that count."""
    yield from _requirements(report)
    warned = [each.check for each in report.outcomes if each.status is Status.WARN and report.closes(each)]
    if counted := [each for each in warned if each not in report.required]:
        yield f"Warnings count, because of --fail-on warn: {listed(counted, SHOWN)}."


def excused(report: Report) -> frozenset[str]:
    """Returns the checks that failed before, too, where only new findings close the gate."""
    failed = (each for each in report.outcomes if each.status is Status.FAIL)
    return frozenset(each.check for each in failed if not report.closes(each))


def changes(report: Report) -> Iterator[tuple[str, FindingChange]]:
    """Yields the new, fixed, unchanged and not checked findings since the baseline, each with its group."""
    if report.baseline:
        base = report.baseline
        for word, found in (("new", base.new), ("fixed", base.fixed), ("unchanged", base.unchanged)):
            yield from ((word, each) for each in found)
        yield from (("not checked", each) for each in base.untold)


def _waited(wait: Wait, report: Report) -> str:
    tries = "1 try" if wait.tries == 1 else f"{wait.tries:,} tries"
    result = f"Waited {to_text(wait.waited_s)} of at most {to_text(wait.limit_s)}, in {tries}"
    missing = listed((outcome.check for outcome in report.outcomes if report.closes(outcome)), SHOWN)
    match wait.ended:
        case Ending.OPEN:
            return f"{result}; then nothing was missing."
        case Ending.PERMANENT:
            return f"{result}; waiting does not fix {listed(wait.lasting, SHOWN)}."
        case Ending.DEADLINE:
            return f"{result}; still missing: {missing or 'a completed run'}."
        case Ending.INTERRUPTED:
            return f"{result}; then it was interrupted; still missing: {missing or 'the result'}."


def _requirements(report: Report) -> Iterator[str]:
    yield from filter(None, (_unmet(check, report) for check in report.required))


def _unmet(check: str, report: Report) -> str:
    """Returns why a required check keeps the gate closed, "" where it passed."""
    outcome = next((each for each in report.outcomes if each.check == check), None)
    if outcome is None:
        return f"{check} is required and was not selected."
    if outcome.status is Status.PASS:
        return ""
    reason = f": {one_line(outcome.reason)}" if outcome.status in {Status.SKIP, Status.UNKNOWN} else ""
    return f"{check} is required and {_ENDED[outcome.status]}{reason}."


def _compared(base: Baseline, report: Report) -> str:
    not_checked = f", {len(base.untold)} not checked again" if base.untold else ""
    result = (
        f"Since {full_time(base.made_at)}: {len(base.new)} new, {len(base.fixed)} fixed, "
        f"{len(base.unchanged)} unchanged{not_checked}"
    )
    if base.stopped:
        return f"{result}; the worker worked then and does not now."
    if not base.only_new:
        return f"{result}."
    excused = sum(outcome.status is Status.FAIL and not report.closes(outcome) for outcome in report.outcomes)
    return f"{result}; only new findings close the gate, so {number(excused, 'failed check')} did not."
