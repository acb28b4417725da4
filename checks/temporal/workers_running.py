"""Checks that no worker inside the process failed.

The SDK then stops polling its queue permanently, which the health endpoint does not show.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.model.report import Finding

FROM_LOGS = (
    Code(
        id="temporal.worker-failed",
        meaning="After an outage of more than a minute the SDK treats the next failed poll as permanent: the "
        "worker of this queue stops polling. The pod stays ready or, where the process ends, its error is "
        'hidden by "Worker still in use".',
        fix="Restart the worker; find out why polls failed.",
        transient=True,
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the workers' logs."""
    yield from ctx.signature_findings()
    ctx.require_worker_logs()


WORKERS_RUNNING = Check(
    id="temporal.workers-running",
    title="The worker of every queue runs in each process",
    stage=stages.TEMPORAL_WORKERS,
    run=run,
    codes=FROM_LOGS,
    reads=WORKER_LOGS,
)
