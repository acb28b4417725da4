"""Checks that ready workers log few errors; occasional ones are ignored."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.domain.kubernetes.pods import log_command
from diagnose.logs.entries import Level, LogEntry, parse
from diagnose.logs.signatures import ContainerLog, Writer, joined
from diagnose.model.report import Finding, Severity, Step
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

MANY = Code(
    id="logs.error-rate",
    meaning="A ready worker logs many errors, which its health endpoint does not show.",
    fix="Read the errors; the most frequent one is quoted.",
    severity=Severity.WARNING,
    transient=True,
)
WINDOW_S = 600.0
AT_LEAST = 20


def run(ctx: Context) -> Iterator[Finding]:
    """Yields workers of ready pods with more errors in a minute than allowed."""
    logs = [log for log in ctx.logs() if log.ready and log.writer is Writer.WORKER]
    if not logs and not ctx.problems:
        raise NotApplicableError("no pod is ready")
    for log in logs:
        lately = [
            entry for entry in joined(log.text.newest) if entry.at and ctx.age(entry.at).total_seconds() <= WINDOW_S
        ]
        errors = [entry for entry in map(parse, lately) if entry.level is Level.ERROR]
        rate = len(errors) / (_window_s(ctx, lately[0].at) / 60) if lately else 0.0
        if len(errors) >= AT_LEAST and rate >= ctx.target.request.thresholds.log_errors_per_minute:
            yield _finding(ctx, log, errors, rate, len(lately))


def _window_s(ctx: Context, first: datetime | None) -> float:
    """Returns how much of the window the log covers: a young process has less."""
    return min(max(ctx.age(first).total_seconds(), 60.0), WINDOW_S)


def _finding(ctx: Context, log: ContainerLog, errors: list[LogEntry], rate: float, entries: int) -> Finding:
    message, times = Counter(entry.message[:80] for entry in errors).most_common(1)[0]
    text = one_line(message)
    part = f"{len(errors)} of its last {entries} entries are errors, {len(errors) / entries:.0%}"
    seen = ctx.record_evidence(f"pod {log.pod}, {log.container}", f"{part}; {times} times {text}", command=log.command)
    return MANY.finding(
        f"The worker of pod {log.pod} logs {rate:.0f} errors a minute, mostly: {truncate(text, 70)}.",
        Step("Read the errors.", log_command(ctx, log.pod, log.container)),
        pods=(log.pod,),
        evidence=(seen,),
    )


ERROR_RATE = Check(
    id="logs.error-rate",
    title="Ready workers log few errors",
    stage=stages.ERROR_RATE,
    run=run,
    codes=(MANY,),
    reads=WORKER_LOGS,
)
