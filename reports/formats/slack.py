"""The report as a message for Slack, in its mrkdwn; see https://docs.slack.dev/messaging/formatting-message-text."""

from collections.abc import Iterator

from diagnose.model.report import Report
from reports import Options
from reports.formats.short import rendered
from reports.text.slack_escape import code, command, link, prose
from reports.text.summary import Summary, summary_of

EMOJI = {
    "pass": ":large_green_circle:",
    "warn": ":large_yellow_circle:",
    "fail": ":red_circle:",
    "skip": ":white_circle:",
    "unknown": ":white_circle:",
}


def render(report: Report, options: Options) -> str:
    """Renders the report as a message."""
    return rendered(_lines(summary_of(report)), options)


def _lines(summary: Summary) -> Iterator[str]:
    state = f"{EMOJI[summary.mark]} *{prose(summary.state)}* {prose(summary.since)}".rstrip()
    yield " · ".join(filter(None, (state, prose(summary.where))))
    yield prose(summary.sentence)
    if summary.fix:
        yield f"*Fix:* {prose(summary.fix)}"
        decides = command(summary.decides)
        yield f"First, to decide: {decides}" if decides else command(summary.command)
    yield prose(summary.impact)
    known = [code(summary.code), link(summary.runbook, "runbook") if summary.runbook else ""]
    more = f"also: {prose(summary.more)}" if summary.more else ""
    owner = f"owner: {prose(summary.owner)}" if summary.owner else ""
    yield " · ".join(filter(None, (*known, owner, more)))
