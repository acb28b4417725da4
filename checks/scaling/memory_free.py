"""Do the workers stay well below their memory limits? At the limit they are OOMKilled, without a line in the log.

The worker's own control group counts the memory in use, without what the kernel can reclaim at once. Where it cannot
be read, as in an image without a shell, the metrics API reports about the same.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EXEC_OPTIONAL
from diagnose.check.rights import Scope, lists, optional
from diagnose.domain.kubernetes.usage import (
    Memory,
    metered_memory,
    near_limit,
    percent,
    show_usage,
    surveyed_memory,
    usage_by_pod,
)
from diagnose.model.report import Finding, Severity, Vantage
from diagnose.resources import PodUsage

NEAR_LIMIT = Code(
    id="scaling.memory-near-limit",
    meaning="The worker uses most of its memory limit (threshold `memory`); at the limit it is OOMKilled, and "
    "activities that run there are lost and retried by another pod.",
    fix="Raise the memory limit, or lower the worker's concurrency.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports ready pods that use more of their limit than the threshold."""
    if not ctx.target.ready_pods:
        raise NotApplicableError("no pod is ready")
    if not any("memory" in ctx.target.worker_container(pod).resources.limits for pod in ctx.target.ready_pods):
        raise NotApplicableError("the container has no memory limit")
    threshold = ctx.target.request.thresholds.memory
    known, vantage = _memory(ctx)
    high = sorted((each for each in known if each.share > threshold), key=lambda each: -each.share)
    if high:
        show = show_usage(ctx).command
        seen = tuple(
            ctx.record_evidence(f"pod {each.pod.name}, {each.container}", f"{each.text} in use", vantage, show)
            for each in high[:3]
        )
        yield near_limit(ctx, NEAR_LIMIT, high, len(known), seen, ", at which it is OOMKilled")
    else:
        ctx.note(f"at most {percent(max(each.share for each in known))} of the limit")


def _memory(ctx: Context) -> tuple[list[Memory], Vantage]:
    """Returns the usage of the worker's containers that is known, and from where.

    Raises:
        NotApplicableError: nothing measures it in this cluster.
        NoAnswerError: what does may not be read.
    """
    surveyed = ctx.covered(lambda: tuple(surveyed_memory(ctx)), by="the metrics API reports the usage")
    if surveyed:
        return list(surveyed), Vantage.POD
    metered = metered_memory(ctx.target.ready_pods, usage_by_pod(ctx))
    found = [each for each in metered if each.container == ctx.target.worker_container(each.pod).name]
    if not found:
        raise NotApplicableError("neither an exec survey nor the metrics API has the usage of a ready pod")
    return found, Vantage.OPERATOR


MEMORY_FREE = Check(
    id="scaling.memory-free",
    title="The workers stay well below their memory limits",
    stage=stages.MEMORY_USE,
    run=run,
    codes=(NEAR_LIMIT,),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=(*EXEC_OPTIONAL, *optional(lists(Scope.OWN, PodUsage))),
)
