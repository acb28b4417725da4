"""Do all containers, also injected ones, stay well below their memory limits, by the metrics API?

Containers with an exec survey belong to scaling.memory-free.
"""

from collections.abc import Iterator
from decimal import Decimal

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EXEC_OPTIONAL
from diagnose.check.rights import Scope, lists
from diagnose.domain.kubernetes.usage import metered_memory, near_limit, percent, show_usage, usage_by_pod
from diagnose.model.report import Finding, Severity
from diagnose.resources import Pod, PodUsage, pod_resources, quantities

NEAR_LIMIT = Code(
    id="scaling.usage-near-limit",
    meaning="A container uses most of its memory limit (threshold `memory`), by the metrics API; at the limit it is "
    "OOMKilled.",
    fix="Raise the container's memory limit.",
    severity=Severity.WARNING,
)
IDLE = 0.2


def run(ctx: Context) -> Iterator[Finding]:
    """Reports containers of ready pods that use more of their limit than the threshold."""
    usage = usage_by_pod(ctx)
    pods = [pod for pod in ctx.target.ready_pods if pod.name in usage]
    if not pods:
        raise NotApplicableError("the metrics API has no usage of a ready pod")
    threshold = ctx.target.request.thresholds.memory
    surveyed = {
        (each.pod.name, each.container)
        for each in ctx.covered(ctx.surveys, "the metrics API reports the usage") or ()
        if each.answer.process.memory is not None and each.answer.process.memory_limit
    }
    high = [each for each in metered_memory(pods, usage) if each.share > threshold]
    high = [each for each in high if (each.pod.name, each.container) not in surveyed]
    for container in dict.fromkeys(each.container for each in high):
        own = sorted((each for each in high if each.container == container), key=lambda each: -each.share)
        source = f"metrics of pod {own[0].pod.name}, {container}"
        seen = ctx.record_evidence(source, f"{own[0].text} in use", command=show_usage(ctx).command)
        yield near_limit(ctx, NEAR_LIMIT, own, len(pods), (seen,))
    if idle := _idle(pods, usage):
        ctx.note(idle)


def _idle(pods: list[Pod], usage: dict[str, PodUsage]) -> str:
    """Returns a remark where the pods use far less than they request, which excludes others from their nodes."""
    shares = []
    for resource in ("cpu", "memory"):
        requests = [pod_resources.requests(pod.spec).get(resource, Decimal()) for pod in pods]
        usages = (each.usage for pod in pods for each in usage[pod.name].containers)
        requested = pod_resources.total(requests)
        used = quantities.total(each.get(resource, "0") for each in usages)
        if requested and used is not None and used / requested < IDLE:
            shares.append(f"{percent(float(used / requested))} of the {resource}")
    return f"the pods use {' and '.join(shares)} that they request" if shares else ""


USAGE_SUITS = Check(
    id="scaling.usage-suits",
    title="All containers stay well below their memory limits",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(NEAR_LIMIT,),
    occasions=(Occasion.AUDIT,),
    reads=(*lists(Scope.OWN, PodUsage), *EXEC_OPTIONAL),
)
