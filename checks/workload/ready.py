"""Are the pods ready? A pod that is still starting is not reported; nearly always another check finds the cause."""

import re
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion, grouped
from diagnose.check.reads import EVENTS, OWNER
from diagnose.check.rights import Necessity, needed, optional
from diagnose.domain.kubernetes.admission import short
from diagnose.domain.kubernetes.pods import (
    describe_pod,
    event_evidence,
    events_about,
    is_starting,
    log_command,
    owner_of,
    pods_of,
    pods_text,
)
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import Pod
from diagnose.text.sentences import truncate

UNREADY = Code(
    id="workload.not-ready",
    meaning="A pod is not ready for longer than a start may take, and no check finds the cause.",
    fix="Read the pod's conditions and events.",
    symptom=True,
    alternatives=(
        Alternative(
            "The readiness probe queries another port or path than the program serves.", "health.port-mismatch"
        ),
        Alternative("The program waits for a server that it needs: its log names the host.", "network.refused"),
        Alternative(
            "The program is still starting: compare with the time that ready pods took.", "health.start-too-slow"
        ),
    ),
    transient=True,
)
GATE = Code(
    id="workload.readiness-gate",
    meaning="All containers are ready, but the pod has a readiness gate whose condition is not set.",
    fix="Remove the readiness gate, or repair the controller that sets its condition.",
    stage=stages.DESIRED,
    # All containers are ready, so that nothing between the node and the gate can be at fault.
    explained_by=("workload.node-healthy",),
    transient=True,
)
SIDECAR = Code(
    id="workload.sidecar-not-ready",
    meaning="The worker's container is ready, but another container of the pod is not, so the pod is not.",
    fix="Read the log of the container that is not ready.",
    symptom=True,
    alternatives=(
        Alternative("A server that the sidecar needs does not answer: its log names the host.", "network.refused"),
        Alternative("Its readiness probe queries another port or path than it serves.", "health.probe-failing"),
    ),
    transient=True,
)
# A controller needs some time to set the condition of a gate, such as for a load balancer's own checks.
GATE_S = 60.0
JOBS = frozenset({"Job", "CronJob"})


def run(ctx: Context) -> Iterator[Finding]:
    """Reports pods that are not ready after a normal start, by what blocks them."""
    pods_of(ctx)
    # A pod that has completed, such as one of a Job, is not ready.
    unready = [pod for pod in ctx.target.pods if not pod.ready and pod.status.phase != "Succeeded"]
    starting = sum(is_starting(ctx, pod) for pod in unready)
    blocked = [pod for pod in unready if not is_starting(ctx, pod) or _gated_s(ctx, pod) > GATE_S]
    if starting and not blocked:
        # Pods that are added for load are no rollout; of a Deployment release.rollout-complete reports the progress.
        # Where no pod is ready, nothing works yet, and whether it will is open; the pods of Jobs come and go.
        works = bool(ctx.target.ready_pods) or ctx.owner.kind in JOBS
        settled = works and (ctx.occasion is not Occasion.AFTER_DEPLOY or owner_of(ctx))
        (ctx.note if settled else ctx.record_problem)(f"{starting} of {len(ctx.target.pods)} pods are still starting")
    for kind, pods in grouped((_kind(ctx, pod), pod) for pod in blocked).items():
        yield _finding(ctx, kind, pods)


def _gated_s(ctx: Context, pod: Pod) -> float:
    """Returns for how many seconds all containers have been ready, of a pod that is not."""
    containers = pod.condition("ContainersReady")
    if containers is None or containers.status != "True":
        return 0.0
    return ctx.age(containers.last_transition_time).total_seconds()


def _kind(ctx: Context, pod: Pod) -> str:
    """Returns what blocks a pod: its readiness gate, a container by name, or the worker itself ("")."""
    ready = pod.condition("Ready")
    if ready is not None and ready.reason == "ReadinessGatesNotReady":
        return "gate"
    worker = pod.container_status(ctx.target.worker_container(pod).name)
    if worker is None or not worker.ready:
        return ""
    return next((status.name for status in pod.running_statuses if not status.ready), "")


def _finding(ctx: Context, kind: str, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    condition = pods[0].condition("Ready")
    command = describe_pod(ctx, names[0])
    message = condition.message if condition else "the pod has no condition Ready"
    seen = [ctx.record_evidence(f"pod {names[0]}, condition Ready", truncate(message, 300), command=command)]
    warnings = [
        each for each in events_about(ctx, pods[0], within_s=ctx.target.profile.start_s) if each.type == "Warning"
    ]
    seen.extend(event_evidence(ctx, pods[0], each) for each in warnings[-1:])
    # The last warning of Kubernetes may name a cause that no check knows.
    code, why = UNREADY, f" ({warnings[-1].reason}: {short(warnings[-1].message, 80)})" if warnings else ""
    fix: tuple[Step, ...] = ()
    if kind == "gate":
        remove = ctx.owner.patch({"spec": {"template": {"spec": {"readinessGates": None}}}})
        fix = (Step("Remove the readiness gate, if no controller sets its condition.", remove, changes=ctx.deployment),)
        named = re.search(r'readiness gate "(?P<gate>[^"]+)"', message)
        code, why = GATE, f", because its readiness gate {named['gate'] if named else ''} is not set"
    elif kind:
        code, why = SIDECAR, f", because container {kind} is not; the {ctx.target.profile.noun} itself is ready"
        command = log_command(ctx, names[0], kind)
    return code.finding(
        f"{pods_text(ctx, names)} {'is' if len(names) == 1 else 'are'} not ready{why}.",
        *fix,
        Step("Read what blocks it.", command),
        pods=names,
        evidence=tuple(seen),
    )


READY = Check(
    id="workload.ready",
    title="The pods are ready",
    stage=stages.READY,
    run=run,
    codes=(UNREADY, GATE, SIDECAR),
    reads=(*needed(Necessity.CONDITIONAL, OWNER), *optional(EVENTS)),
)
