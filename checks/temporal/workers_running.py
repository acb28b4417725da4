"""Has no worker inside the process failed? The SDK gives up a queue for good, and the health endpoint does not know."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.model.report import Finding

FROM_LOGS = (
    Code(
        id="temporal.worker-failed",
        meaning="After an outage of more than a minute the SDK takes the next refusal of a poll for final: the worker "
        "of this queue stops polling. The pod stays ready or, where the process ends, hides the reason behind "
        '"Worker still in use".',
        fix="Restart the worker; find out what refused the polls.",
        transient=True,
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """What the workers' logs say of workers that failed."""
    found = tuple(ctx.signature_findings())
    yield from found
    ctx.require_worker_logs()


WORKERS_RUNNING = Check(
    id="temporal.workers-running",
    title="The worker of every queue runs in each process",
    stage=stages.TEMPORAL_WORKERS,
    run=run,
    codes=FROM_LOGS,
    vital=True,
    reads=WORKER_LOGS,
)
