"""Who should poll the worker's queues, when it is too early to ask, and how the list of queues is changed."""

import shlex

from diagnose.check.api import Context
from diagnose.domain.kubernetes.pods import is_starting
from diagnose.domain.network.findings import set_variable
from diagnose.domain.temporal.queries import temporal_of
from diagnose.domain.temporal.task_queues import Crew
from diagnose.model.report import Step
from diagnose.resources import Condition, Pod

FIRST_POLL_S = 30.0
VARIABLES = ("TEMPORAL_TASK_QUEUES", "TEMPORAL_TASK_QUEUE")


def crew(ctx: Context) -> Crew:
    """Living pods of the namespace, and how the workload's own pods are called."""
    living = (pod for pod in ctx.list(Pod, ctx.target.namespace) if pod.metadata.deletion_timestamp is None)
    names = frozenset(pod.name for pod in living if pod.status.phase not in {"Succeeded", "Failed"})
    return Crew(living=names, own_prefixes=tuple(f"{each.name}-" for each in ctx.target.replica_sets))


def is_patient(ctx: Context, same: tuple[str, ...]) -> bool:
    """Whether it is too early to ask: pods with these queues start, and none has been ready for a while."""
    own = [pod for pod in ctx.target.pods if pod.name in same]
    ready_s = [ctx.age(found.last_transition_time).total_seconds() for pod in own if (found := _readiness(pod))]
    starting = any(is_starting(ctx, pod) for pod in own if not pod.ready)
    return (starting or bool(ready_s)) and max(ready_s, default=0) < FIRST_POLL_S


def _readiness(pod: Pod) -> Condition | None:
    return pod.condition("Ready") if pod.ready else None


def correct(ctx: Context, wrong: str, right: str) -> Step:
    """The step that changes the variable: with one name corrected, taken out or added."""
    variable = next((name for name in VARIABLES if ctx.target.container.variable(name)), VARIABLES[-1])
    profile, own = ctx.target.profile, temporal_of(ctx).queues
    queues = [right if name == wrong else name for name in own if name not in profile.always_polled]
    wanted = dict.fromkeys(name for name in (*queues, right) if name)
    return set_variable(ctx, variable, ",".join(wanted))


def describe(ctx: Context, queue: str) -> Step:
    """The step that asks who polls a queue."""
    names = ctx.names
    where = f"--address {names['temporal_address']} --namespace {names['temporal_namespace']}"
    return Step(
        text="See who polls it.", command=f"temporal task-queue describe {where} --task-queue {shlex.quote(queue)}"
    )
