"""Checks that the environment names only queues that this worker may poll.

It does not start with those of another worker.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.temporal.queries import correct, temporal_of
from diagnose.model.report import Finding

FORBIDDEN = Code(
    id="temporal.queue-forbidden",
    meaning="The environment names a queue of another worker; this one does not start with it.",
    fix="Remove the queue from the worker's task queues.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields queues of the environment that belong to another worker."""
    profile = ctx.target.profile
    if not profile.foreign_queues:
        raise NotApplicableError(f"the profile {profile.name} knows no queues of other workers")
    temporal = temporal_of(ctx)
    for name in sorted(set(temporal.queues) & set(profile.foreign_queues)):
        own = ",".join(queue for queue in temporal.queues if queue not in profile.foreign_queues)
        yield FORBIDDEN.finding(
            f"{temporal.queue_variable} names {name}, which belongs to another worker, so this one does not start.",
            correct(ctx, "temporal.queues", "the task queues", own),
            subjects=(f"queue/{name}",),
            pods=ctx.target.pods_with_same(temporal.queue_variable),
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
