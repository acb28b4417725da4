"""The report as GitHub workflow commands: each cause becomes an annotation of the workflow run.

A command is a line; special characters are escaped as in `command.ts` of actions/toolkit. GitHub shows ten errors and
ten warnings of a step, so the worst come first.
"""

from collections.abc import Iterator

from diagnose.model.report import Finding, Report, Severity
from diagnose.text.characters import one_line
from reports import Options
from reports.text.ci_markers import within_line
from reports.text.gate import excused, unmet
from reports.text.phrases import (
    affected,
    effect,
    encoded,
    headed_causes,
    headline_text,
    muted,
    number,
    plain,
    target_name,
    unaccounted,
    unknown_checks,
    verdict_text,
)

_LEVEL = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, options: Options) -> str:
    """Renders the report as workflow commands; with `ascii`, other characters become escapes."""
    text = within_line("\n".join(_lines(report)))
    return f"{encoded(text, in_ascii=options.ascii)}\n"


def _lines(report: Report) -> Iterator[str]:
    for heading, cause in headed_causes(report):
        finding = cause.finding
        message = "\n".join(_message(finding, report, len(cause.explains)))
        yield _command(_level(cause.check, finding, report), f"{heading} {finding.code}", message)
    for reason, checks in unknown_checks(report).items():
        yield _command("error", f"UNKNOWN {number(len(checks), 'check')}", f"{', '.join(checks)}: {reason}")
    for outcome in unaccounted(report):
        for finding in outcome.findings:
            yield _command(_level(outcome.check, finding, report), finding.code, one_line(finding.summary))
    for line in unmet(report):
        yield _command("error", "gate", line)
    for line in muted(report):
        yield _command("notice", "muted", line)
    whole = report.complete and report.outcomes
    verdict = f"{headline_text(report)}: {verdict_text(report)}"
    yield _command("notice" if whole else "error", f"diagnose {target_name(report)}".rstrip(), verdict)


def _level(check: str, finding: Finding, report: Report) -> str:
    level = _LEVEL[finding.severity]
    return "warning" if level == "error" and check in excused(report) else level


def _message(finding: Finding, report: Report, explained: int) -> Iterator[str]:
    yield one_line(finding.summary)
    follows = f"; {number(explained, 'check')} more fail or are skipped because of it" if explained else ""
    yield f"{affected(finding, report)}{follows}"
    yield f"Fix: {one_line(finding.remediation.summary)}"
    for count, step in enumerate(finding.remediation.steps, 1):
        does = f"{effect(step)}: " if effect(step) else ""
        yield f"{count}. {does}{one_line(step.text)}"
        if step.command:
            yield plain(step.command)


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_property(one_line(title))}::{_data(plain(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
