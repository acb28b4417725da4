"""Do the workers stay well below their memory limits? At the limit they are OOMKilled, without a line in the log.

The worker's own control group counts the memory in use, without what the kernel can reclaim at once.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EXEC
from diagnose.domain.kubernetes.usage import near_limit, percent, show_usage, surveyed_memory
from diagnose.model.report import Finding, Severity, Vantage

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
    threshold, known = ctx.target.request.thresholds.memory, list(surveyed_memory(ctx))
    if not known:
        raise NotApplicableError("no exec survey found a memory limit")
    high = sorted((each for each in known if each.share > threshold), key=lambda each: -each.share)
    if high:
        show = show_usage(ctx).command
        seen = tuple(
            ctx.record_evidence(f"pod {each.pod.name}, {each.container}", f"{each.text} in use", Vantage.POD, show)
            for each in high[:3]
        )
        yield near_limit(ctx, NEAR_LIMIT, high, len(known), seen, ", at which it is OOMKilled")
    else:
        ctx.note(f"at most {percent(max(each.share for each in known))} of the limit")


MEMORY_FREE = Check(
    id="scaling.memory-free",
    title="The workers stay well below their memory limits",
    stage=stages.MEMORY_USE,
    run=run,
    codes=(NEAR_LIMIT,),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=EXEC,
)
