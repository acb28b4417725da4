"""Checks that the environment names only queues that this worker may poll.

It does not start with those of another worker.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding

FORBIDDEN = Code(
    id="temporal.queue-forbidden",
    meaning="The environment names a queue of another worker; this one does not start with it.",
    fix="Remove the queue from TEMPORAL_TASK_QUEUE.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues of the environment that belong to another worker."""
    temporal, profile = ctx.target.temporal, ctx.target.profile
    if temporal is None:
        raise NotApplicableError("the environment names no Temporal address")
    for name in sorted(set(temporal.queues) & set(profile.foreign_queues)):
        own = ",".join(queue for queue in temporal.queues if queue not in profile.foreign_queues)
        yield FORBIDDEN.finding(
            f"TEMPORAL_TASK_QUEUE names {name}, which belongs to another worker, so this one does not start.",
            set_variable(ctx, "TEMPORAL_TASK_QUEUE", own),
            subjects=(f"queue/{name}",),
            pods=ctx.target.pods_with_same("TEMPORAL_TASK_QUEUE", "TEMPORAL_TASK_QUEUES"),
            evidence=ctx.logged(FORBIDDEN.id),
        )


QUEUES_ALLOWED = Check(
    id="temporal.queues-allowed",
    title="The worker is configured only with queues that it may poll",
    stage=stages.SETTINGS,
    template=stages.TEMPORAL_ADDRESS.template,
    run=run,
    codes=(FORBIDDEN,),
    occasions=BY_TEMPLATE,
    reads=optional(WORKER_LOGS),
)
