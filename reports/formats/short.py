"""The report as at most five lines of plain text, for a chat, a mail or a terminal's status."""

from collections.abc import Iterator

from diagnose.model.report import Report
from reports import Options
from reports.text.ci_markers import in_log
from reports.text.phrases import encoded
from reports.text.summary import Summary, summary_of
from reports.text.terminal import PLAIN, UNICODE


def render(report: Report, options: Options) -> str:
    """Renders the report as at most five lines."""
    return rendered(_lines(summary_of(report), options), options)


def rendered(lines: Iterator[str], options: Options) -> str:
    """Returns the lines that are not empty."""
    return in_log("".join(f"{encoded(line, in_ascii=options.ascii)}\n" for line in lines if line))


def _lines(summary: Summary, options: Options) -> Iterator[str]:
    mark = (PLAIN if options.ascii else UNICODE)[summary.mark]
    yield " · ".join(filter(None, (f"{mark} {summary.state} {summary.since}".rstrip(), summary.where)))
    yield summary.sentence
    if fix := summary.command or summary.fix:
        yield f"fix: {fix}{f' (first, to decide: {summary.decides})' if summary.decides else ''}"
    yield summary.impact
    more = f"also: {summary.more}" if summary.more else ""
    page = f"{summary.code} · {summary.runbook}" if summary.runbook else f"diagnose explain {summary.code}"
    owner = f"owner: {summary.owner}" if summary.owner else ""
    yield " · ".join(filter(None, (page if summary.code else "", owner, more)))
