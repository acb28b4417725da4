"""Does the log have errors that no other check owns? Of ready pods only what was said lately counts."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Finding, Severity

LATELY_S = 300.0
# What holds until the process is started again, however long ago it was said.
LASTING = {"process.event-bus-disabled"}
FROM_LOGS = (
    Code(
        id="process.uncaught",
        meaning="An error reached the top of the process, which ends then. A database connection that is cut is a "
        "usual trigger.",
        fix="Read where the error was thrown, and what changed at that time.",
        transient=True,
    ),
    Code(
        id="process.thrown-at-start",
        meaning="Node prints the error itself, with its stack, because the program's own handlers are not there yet. A "
        "setting that cannot be read is a usual trigger, a file in the image is another.",
        fix="Read where the error was thrown, and what changed at that time.",
        transient=True,
    ),
    Code(
        id="process.rejection-unhandled",
        meaning="A promise was rejected where nobody looks, and the process ends. The logger prints the reason as {}: "
        "what happened in the seconds before is the only trace. A database connection that is cut is a usual "
        "trigger.",
        fix="Read what came before, and let the logger print the reason's stack.",
        transient=True,
    ),
    Code(
        id="process.file-denied",
        meaning="The container's file system is read only, or the user of the container may not use the path: a "
        "security context and the image do not fit together.",
        fix="Mount an emptyDir at the path, or correct the security context.",
    ),
    Code(
        id="process.file-missing",
        meaning="The program reads a file that neither the image has nor a volume brings.",
        fix="Mount the file, or correct the setting that names it.",
    ),
    Code(
        id="process.files-exhausted",
        meaning="The limit of open files is reached: connections or files are opened and never closed, or the node's "
        "limit is low.",
        fix="Find what is opened and never closed; raise the limit on the node for the moment.",
    ),
    Code(
        id="process.job-handler-missing",
        meaning="Work of this type is sent to a worker whose version or registry does not know it. Schedules and "
        "workers of different versions do that.",
        fix="Deploy a worker that has the handler, or correct the schedule that sends the job.",
        severity=Severity.WARNING,
    ),
    Code(
        id="process.event-bus-disabled",
        meaning="After one refusal the event bus switches itself off for the life of the process: jobs count as "
        "completed, and nothing follows from them.",
        fix="Correct REDIS_PASSWORD, then restart the worker.",
        severity=Severity.WARNING,
    ),
    Code(
        id="process.redis-failing",
        meaning="REDIS_HOST, REDIS_PORT or REDIS_PASSWORD do not lead to a Redis that takes the worker's login. "
        "Without REDIS_HOST the worker asks localhost.",
        fix="Set REDIS_HOST, REDIS_PORT and REDIS_PASSWORD.",
        severity=Severity.WARNING,
        transient=True,
    ),
    Code(
        id="process.polls-retried",
        meaning="The worker is connected in name only: its long polls fail. It is quiet for a while after Temporal is "
        "gone, and its health endpoint does not look at it.",
        fix="See to the Temporal frontend, or to the way there.",
        severity=Severity.WARNING,
        transient=True,
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Known errors in the workers' logs."""
    yield from findings((each for each in ctx.matches() if _counts(ctx, each)), ctx.names)
    ctx.require_worker_logs()


def _counts(ctx: Context, match: Match) -> bool:
    lately = match.last_at is None or ctx.age(match.last_at).total_seconds() <= LATELY_S
    return not match.log.ready or lately or match.signature.code in LASTING


KNOWN_ERRORS = Check(
    id="logs.known-errors",
    title="The workers' logs have no known errors",
    stage=stages.ERRORS,
    run=run,
    codes=FROM_LOGS,
    reads=WORKER_LOGS,
)
