"""Does the log have errors that no other check owns? Of ready pods only what was said lately counts."""

from collections.abc import Iterator

from checks.dependencies import DEPENDENCIES, PROBES
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.logs.signatures import Match, Writer, findings
from diagnose.model.report import Finding

LATELY_S = 300.0
# What holds until the process is started again, however long ago it was said.
LASTING = {"process.event-bus-disabled"}


def run(ctx: Context) -> Iterator[Finding]:
    """Known errors in the workers' logs."""
    yield from findings((each for each in ctx.matches() if _counts(ctx, each)), ctx.names)
    if not any(log.writer is Writer.WORKER for log in ctx.run_data.logs()) and not ctx.problems:
        raise NotApplicableError("no worker has run so far")


def _counts(ctx: Context, match: Match) -> bool:
    lately = match.last_at is None or ctx.age(match.last_at).total_seconds() <= LATELY_S
    return not match.log.ready or lately or match.signature.code in LASTING


KNOWN_ERRORS = Check(
    id="logs.known-errors",
    title="The workers' logs have no known errors",
    run=run,
    explained_by=(*DEPENDENCIES, *PROBES, "workload.space-left", "logs.program-loads"),
    reads=WORKER_LOGS,
)
