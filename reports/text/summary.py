"""The few facts of a report that a message in a chat has: state, sentence, fix, impact, where to read more."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from diagnose.model.report import Confidence, Report, Severity, Status, Step, Verdict
from diagnose.text.characters import one_line
from diagnose.text.sentences import listed, truncate
from reports.text.fix import first_step
from reports.text.gate import unmet
from reports.text.phrases import (
    full_time,
    headline,
    impact_parts,
    not_completed,
    number,
    other_broken,
    partial_run,
    plain,
    running_now,
    several,
    since_text,
    target_name,
    unaccounted,
    unknown_checks,
    verdict_text,
)

LONGEST = 500
MAX_COMMAND = 1_000
"""A longer command, or one of several lines, is no message; the sentence of the fix stands for it."""
MAX_NAMES = 3


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a short text; each of them is one line, "" where there is nothing to say.

    Attributes:
        mark: name of the mark of the state.
        state: the headline.
        since: since when the state lasts.
        where: the target with its context, and when it was read, where the state has no beginning.
        sentence: what is wrong, or why nothing is known.
        fix, command: the fix as a sentence and as a command; a command that decides whether it is one is in `decides`.
        impact: restrictions and numbers.
        code, runbook, owner: the code of the sentence, the address of its page, who owns the object at fault.
        more: what else was found.
    """

    mark: str
    state: str
    since: str
    where: str
    sentence: str = ""
    fix: str = ""
    command: str = ""
    decides: str = ""
    impact: str = ""
    code: str = ""
    runbook: str = ""
    owner: str = ""
    more: str = ""


def summary_of(report: Report) -> Summary:
    """Returns the summary of a report."""
    mark, state = headline(report)
    since = since_text(report)
    names = (target_name(report), one_line(report.target.context), "" if since else full_time(report.started_at))
    where = " · ".join(filter(None, names))
    summary = Summary(mark=mark, state=state, since=since, where=where, impact=" · ".join(_impact(report)))
    if not report.causes:
        more = listed((each.findings[0].code for each in unaccounted(report)), MAX_NAMES)
        return replace(summary, sentence=_reason(report), more=more)
    cause, *others = report.causes
    finding = cause.finding
    minor = "" if finding.severity is Severity.CRITICAL else "warning: "
    likely = "likely: " if finding.confidence is Confidence.LIKELY else ""
    step = first_step(cause)
    command = _command(step) if step else ""
    changes = bool(step and step.changes)
    return replace(
        summary,
        sentence=truncate(f"{minor}{likely}{one_line(finding.summary)}", LONGEST),
        fix=truncate(one_line(finding.remediation.summary), LONGEST),
        command=command if changes else "",
        decides=command if likely and not changes else "",
        code=one_line(finding.code),
        runbook=cause.runbook,
        owner=one_line(cause.owner),
        more=listed((one_line(each.finding.code) for each in others), MAX_NAMES),
    )


def _command(step: Step) -> str:
    command = plain(step.command).strip()
    return command if "\n" not in command and len(command) <= MAX_COMMAND else ""


def _reason(report: Report) -> str:
    """Returns why a report without a cause is not healthy, else the numbers of a whole run."""
    reasons = [f"{_checks(checks)}: {reason}" for reason, checks in unknown_checks(report).items()]
    whole = [verdict_text(report)] if report.complete and not report.selection else []
    return truncate(" · ".join([*unmet(report), *reasons] or whole), LONGEST)


def _checks(checks: tuple[str, ...]) -> str:
    return listed(checks, MAX_NAMES) if len(checks) <= MAX_NAMES else number(len(checks), "unknown check")


def _impact(report: Report) -> Iterator[str]:
    yield from filter(None, (not_completed(report), partial_run(report), running_now(report)))
    # The numbers of a healthy run are no impact; a gate says what runs now.
    if report.count(Status.FAIL) and not report.is_gate:
        yield from impact_parts(report)
    states = [each for each in several(report) if each.verdict is not Verdict.HEALTHY]
    if states:
        yield listed((one_line(each.reference) for each in states), MAX_NAMES)
    if others := other_broken(report):
        yield others
