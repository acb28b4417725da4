"""Checks the log for known errors that belong to no other check; of ready pods only recent ones count."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Alternative, Finding, Severity

LATELY_S = 300.0
# Errors that persist until the process is restarted, however old they are.
LASTING = {"process.event-bus-disabled"}
# Texts of the worker whose start is known; in the log of another program they would mean something else.
OF_THE_WORKER = {
    "process.job-handler-missing", "process.event-bus-disabled", "process.redis-failing", "process.polls-retried",
}  # fmt: skip
FROM_LOGS = (
    Code(
        id="process.uncaught",
        meaning="An uncaught error ends the process. Usually a database connection was closed.",
        fix="Read where the error was thrown, and what changed at that time.",
        symptom=True,
        alternatives=(
            Alternative(
                "A connection was closed while the program used it: the error names its server.",
                "database.login-unanswered",
            ),
            "The program's own code fails: the stack names the line.",
        ),
        transient=True,
    ),
    Code(
        id="process.thrown-at-start",
        meaning="Node prints the error with its stack, because the program's own handlers are not installed yet. "
        "Usually a setting is invalid, or a file of the image is.",
        fix="Read where the error was thrown, and what changed at that time.",
        symptom=True,
        alternatives=(
            Alternative("A setting is missing or invalid: the error names it.", "config.variable-missing"),
            Alternative(
                "A module or a file of the image does not match: compare with the image that ran before.",
                "process.module-not-found",
            ),
        ),
        transient=True,
    ),
    Code(
        id="process.rejection-unhandled",
        meaning="An unhandled rejection ends the process. The logger prints the reason as {}: the only trace are "
        "the log lines of the seconds before. Usually a database connection was closed.",
        fix="Read the lines before, and log the reason's stack.",
        symptom=True,
        alternatives=(
            Alternative(
                "A connection was closed while the program used it: the lines before name its server.",
                "database.login-unanswered",
            ),
            "The program's own code fails: the lines before name the step.",
        ),
        transient=True,
    ),
    Code(
        id="process.file-denied",
        meaning="The container's file system is read-only, or its user may not write the path: the security "
        "context does not match the image.",
        fix="Mount an emptyDir at the path, or correct the security context.",
    ),
    Code(
        id="process.file-missing",
        meaning="The program reads a file that is neither in the image nor in a volume.",
        fix="Mount the file, or correct its path in the settings.",
    ),
    Code(
        id="process.files-exhausted",
        meaning="The limit of open files is reached: connections or files are not closed, or the node's limit is low.",
        fix="Find the files that are not closed; raise the limit on the node temporarily.",
    ),
    Code(
        id="process.watches-exhausted",
        meaning="The node limits how many files and folders a user may watch (fs.inotify.max_user_watches and "
        "max_user_instances), for all containers of the node together. The kernel's text is that of a full disk or of "
        "too many open files.",
        fix="Raise the limit on the nodes, or watch fewer files.",
    ),
    Code(
        id="process.threads-exhausted",
        meaning="The limit of process ids is reached, which counts threads, too: that of the pod (podPidsLimit of the "
        "kubelet) or that of the node. Memory may be free.",
        fix="Find what starts them and does not end them; raise the limit on the node temporarily.",
    ),
    Code(
        id="process.ports-exhausted",
        meaning="Each connection to the same address needs a local port of its own, also for a minute after it was "
        "closed. A program that opens one for each request uses them up.",
        fix="Reuse connections (a pool, keep-alive).",
    ),
    Code(
        id="process.job-handler-missing",
        meaning="Jobs of this type are sent to a worker whose version or registry has no handler. Schedules and "
        "workers of different versions cause that.",
        fix="Deploy a worker that has the handler, or correct the schedule that sends the job.",
        severity=Severity.WARNING,
    ),
    Code(
        id="process.event-bus-disabled",
        meaning="After one rejected login the event bus disables itself until the process is restarted: jobs "
        "count as completed without effect.",
        fix="Correct REDIS_PASSWORD, then restart the worker.",
        severity=Severity.WARNING,
    ),
    Code(
        id="process.redis-failing",
        meaning="REDIS_HOST, REDIS_PORT or REDIS_PASSWORD are not those of a Redis that accepts the worker's "
        "login. Without REDIS_HOST the worker connects to localhost.",
        fix="Set REDIS_HOST, REDIS_PORT and REDIS_PASSWORD.",
        severity=Severity.WARNING,
        symptom=True,
        alternatives=(
            Alternative("Redis does not run, or its address is another one.", "network.refused"),
            "Redis refuses the password.",
        ),
        transient=True,
    ),
    Code(
        id="process.polls-retried",
        meaning="The worker seems connected, but its long polls fail. It logs nothing for some time after "
        "Temporal is down, and its health endpoint does not show it.",
        fix="Repair the Temporal frontend, or the route to it.",
        severity=Severity.WARNING,
        symptom=True,
        alternatives=(
            Alternative("The frontend is not reached from the pod.", "temporal.timed-out"),
            Alternative("The frontend limits the polls.", "temporal.namespace-rate-limited"),
        ),
        transient=True,
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields known errors in the workers' logs."""
    yield from findings((each for each in ctx.matches() if _counts(ctx, each)), ctx.names)
    ctx.require_worker_logs()


def _counts(ctx: Context, match: Match) -> bool:
    if match.signature.code in OF_THE_WORKER and not ctx.target.profile.start_steps:
        return False
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
