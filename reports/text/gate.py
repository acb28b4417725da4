"""What a report says of the terms of a gate: how long it waited, what was required, what is new since a baseline."""

from collections.abc import Iterator

from diagnose.model.gate import Baseline, Change, Ending, Wait
from diagnose.model.report import Report, Status
from reports.text.phrases import full_time, number, one_line

SHOWN = 5


def terms(report: Report) -> Iterator[str]:
    """What the gate asked for beyond the checks' own ends, a sentence each; nothing where it asked for no more."""
    if report.wait:
        yield _waited(report.wait, report)
    yield from _requirements(report)
    if report.baseline:
        yield _compared(report.baseline, report)


def unmet(report: Report) -> Iterator[str]:
    """What closes a gate beside failures and what could not be told: requirements, and warnings that count."""
    yield from _requirements(report)
    warned = [each.check for each in report.outcomes if each.status is Status.WARN and report.closes(each)]
    if counted := [each for each in warned if each not in report.required]:
        yield f"Warnings count, because of --fail-on warn: {_listed(counted)}."


def excused(report: Report) -> frozenset[str]:
    """The checks that failed before as well, where only what is new closes the gate."""
    failed = (each for each in report.outcomes if each.status is Status.FAIL)
    return frozenset(each.check for each in failed if not report.closes(each))


def changes(report: Report) -> Iterator[tuple[str, Change]]:
    """What is new, fixed and unchanged since the baseline, and what was not looked at again, each with its word."""
    if report.baseline:
        base = report.baseline
        for word, found in (("new", base.new), ("fixed", base.fixed), ("unchanged", base.unchanged)):
            yield from ((word, each) for each in found)
        yield from (("not told", each) for each in base.untold)


def _waited(wait: Wait, report: Report) -> str:
    tries = "1 try" if wait.tries == 1 else f"{wait.tries:,} tries"
    told = f"Waited {_seconds(wait.waited_s)} of at most {_seconds(wait.limit_s)}, in {tries}"
    missing = _listed([outcome.check for outcome in report.outcomes if report.closes(outcome)])
    match wait.ended:
        case Ending.OPEN:
            return f"{told}; then nothing was missing."
        case Ending.PERMANENT:
            return f"{told}; waiting does not mend {_listed(list(wait.lasting))}."
        case Ending.DEADLINE:
            return f"{told}; still missing: {missing or 'a run that comes to its end'}."
        case Ending.INTERRUPTED:
            return f"{told}; then it was interrupted; still missing: {missing or 'the answer'}."


def _requirements(report: Report) -> Iterator[str]:
    yield from filter(None, (_unmet(check, report) for check in report.required))


def _unmet(check: str, report: Report) -> str:
    """Why a required check does not open the gate, "" where it passed."""
    outcome = next((each for each in report.outcomes if each.check == check), None)
    if outcome is None:
        return f"{check} is required and was not selected."
    match outcome.status:
        case Status.PASS:
            return ""
        case Status.FAIL:
            return f"{check} is required and failed."
        case Status.WARN:
            return f"{check} is required and has a warning."
        case Status.SKIP:
            return f"{check} is required and was not asked: {one_line(outcome.reason)}."
        case Status.UNKNOWN:
            return f"{check} is required and could not be told: {one_line(outcome.reason)}."


def _compared(base: Baseline, report: Report) -> str:
    untold = f", {len(base.untold)} not looked at again" if base.untold else ""
    told = (
        f"Since {full_time(base.made_at)}: {len(base.new)} new, {len(base.fixed)} fixed, "
        f"{len(base.unchanged)} unchanged{untold}"
    )
    if base.stopped:
        return f"{told}; the worker worked then and does not now."
    if not base.only_new:
        return f"{told}."
    excused = sum(outcome.status is Status.FAIL and not report.closes(outcome) for outcome in report.outcomes)
    return f"{told}; only what is new closes the gate, so {number(excused, 'failed check')} did not."


def _seconds(seconds: float) -> str:
    """A time as it is given to --wait: "4m30s"."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest}s" if rest or not whole else ""]
    return "".join(parts)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
