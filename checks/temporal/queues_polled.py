"""Does somebody poll each queue? A workflow on a queue that nobody polls waits for ever, and nothing reports it."""

from collections.abc import Iterator

from diagnose.asking import ask_temporal
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Step
from diagnose.probes.dependencies import Queue
from diagnose.queues import is_polled, misnamed
from diagnose.reach import way_to
from diagnose.unreachable import set_variable

MISNAMED = Code(
    id="temporal.queue-misnamed",
    meaning="The deployment polls a queue that nothing is sent to, and nobody polls the queue of a similar name.",
    fix="Correct TEMPORAL_TASK_QUEUE.",
)
NOT_POLLED = Code(
    id="temporal.queue-not-polled",
    meaning="A queue of the worker has no live poller, so workflows sent to it wait for ever.",
    fix="Restart the worker, or add the queue to TEMPORAL_TASK_QUEUE.",
)
FORBIDDEN = Code(
    id="temporal.queue-forbidden",
    meaning="The environment names a queue that belongs to another worker; this one refuses to start with it.",
    fix="Take the queue out of TEMPORAL_TASK_QUEUE.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """Queues that nobody polls, and names that look wrong."""
    temporal, profile = ctx.target.temporal, ctx.target.profile
    if temporal is None:
        raise NotApplicableError("the environment names no Temporal address")
    fix = set_variable(ctx, "TEMPORAL_TASK_QUEUE", ",".join(profile.default_queues))
    pods = ctx.target.pods_with_same("TEMPORAL_TASK_QUEUE", "TEMPORAL_TASK_QUEUES")
    for name in sorted(set(temporal.queues) & set(profile.foreign_queues)):
        yield FORBIDDEN.finding(
            f"TEMPORAL_TASK_QUEUE names {name}, which belongs to another worker, so this one refuses to start.",
            subjects=(f"queue/{name}",),
            pods=pods,
            steps=(fix,),
        )
    answer = ask_temporal(ctx, way_to(ctx, temporal.host, temporal.port))
    live = [pod.name for pod in ctx.target.pods]
    unpolled = [queue for queue in answer.queues if not queue.error and not is_polled(queue, ctx.now, live)]
    for queue in answer.queues:
        if queue.error:
            ctx.could_not(f"queue {queue.name}: {queue.error}")
    known = (*profile.default_queues, *profile.always_polled)
    typos = misnamed(temporal.queues, [queue.name for queue in unpolled], known)
    for typo in typos:
        yield MISNAMED.finding(
            f"The deployment polls {typo.named}, but nobody polls "
            f"{typo.meant}, so workflows sent to {typo.meant} wait for ever.",
            subjects=(f"queue/{typo.named}", f"queue/{typo.meant}"),
            pods=pods,
            steps=(fix, _describe(ctx, typo.meant)),
            evidence=(ctx.saw(f"queue {typo.meant}", "no poller of a living pod"),),
        )
    missed = {typo.meant for typo in typos}
    yield from _unpolled(ctx, [queue for queue in unpolled if queue.name not in missed], temporal.queues)


def _unpolled(ctx: Context, queues: list[Queue], own: tuple[str, ...]) -> Iterator[Finding]:
    """Own queues without a poller while workers are ready, and others that work waits on."""
    ages = [ctx.age(pod.status.start_time).total_seconds() for pod in ctx.target.pods]
    if ages and max(ages) <= ctx.target.profile.start_s:
        ctx.note("every pod has only just started, so nobody may poll yet")
        return
    for queue in queues:
        if queue.name not in own and not queue.backlog:
            continue
        waiting = f", {queue.backlog} tasks wait" if queue.backlog else ""
        yield NOT_POLLED.finding(
            f"Nobody polls the queue {queue.name}{waiting}, so workflows sent to it wait for ever.",
            subjects=(f"queue/{queue.name}",),
            evidence=(ctx.saw(f"queue {queue.name}", f"no live poller, backlog {queue.backlog}"),),
            steps=(
                _describe(ctx, queue.name),
                Step(
                    text="Restart the worker.",
                    command=f"kubectl -n {ctx.target.namespace} rollout restart deployment/{ctx.names['workload']}",
                    changes=f"deployment {ctx.target.namespace}/{ctx.names['workload']}",
                ),
            ),
        )


def _describe(ctx: Context, queue: str) -> Step:
    names = ctx.names
    where = f"--address {names['temporal_address']} --namespace {names['temporal_namespace']}"
    return Step(text="See who polls it.", command=f"temporal task-queue describe {where} --task-queue {queue}")


QUEUES_POLLED = Check(
    id="temporal.queues-polled",
    title="Every queue of the worker is polled",
    ask=ask,
    codes=(MISNAMED, NOT_POLLED, FORBIDDEN),
    requires=("temporal.namespace-exists",),
    explained_by=(
        "network.dns-answers",
        "temporal.port-reachable",
        "temporal.serving",
        "temporal.namespace-exists",
        "workload.replicas",
        "workload.ready",
        "workload.running",
        "workload.admitted",
        "workload.scheduled",
    ),
    vital=True,
)
