"""Do the workers get the CPU that they need? Above its CPU limit a container is throttled, and nothing else shows that.

The worker's own control group counts, since the container's start, in how many of the periods of 0.1 s in which the
container used the CPU it was throttled. The start counts too, so a new container is not evaluated.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion, SurveyResult
from diagnose.check.reads import EXEC
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.exit_codes import doubled
from diagnose.domain.kubernetes.usage import percent, show_usage, some_pods
from diagnose.model.report import Finding, Severity, Step, Vantage

THROTTLED = Code(
    id="scaling.cpu-throttled",
    meaning="The worker is throttled at its CPU limit in many of the periods in which it uses the CPU (threshold "
    "`cpu_throttled`), so everything takes longer, also its start and its heartbeats.",
    fix="Raise the CPU limit, or lower the worker's concurrency.",
    severity=Severity.WARNING,
)
STATISTICS = "cat /sys/fs/cgroup/cpu.stat || cat /sys/fs/cgroup/cpu/cpu.stat"
ENOUGH = 600
"""The number of periods that an evaluation needs: a minute in which the CPU was used."""


def run(ctx: Context) -> Iterator[Finding]:
    """Reports ready pods that were throttled in more of the periods than the threshold."""
    if not ctx.target.ready_pods:
        raise NotApplicableError("no pod is ready")
    known = [each for each in ctx.surveys() if each.pod.ready and (each.answer.process.cpu_periods or 0) >= ENOUGH]
    if not known:
        raise NotApplicableError("no container with a CPU limit has run for long enough")
    limit = ctx.target.request.thresholds.cpu_throttled
    throttled = sorted((each for each in known if _share(each) > limit), key=lambda each: -_share(each))
    if throttled:
        yield _finding(ctx, throttled, len(known))


def _share(surveyed: SurveyResult) -> float:
    process = surveyed.answer.process
    return (process.cpu_throttled or 0) / (process.cpu_periods or 1)


def _finding(ctx: Context, throttled: list[SurveyResult], of: int) -> Finding:
    top, names = throttled[0], tuple(each.pod.name for each in throttled)
    limit, process = top.pod.spec.limit(top.container, "cpu"), top.answer.process
    show = kubectl.run_in(top.pod.name, "sh", "-c", STATISTICS, namespace=ctx.target.namespace, container=top.container)
    seen = ctx.record_evidence(
        f"pod {top.pod.name}, {top.container}",
        f"throttled in {process.cpu_throttled} of {process.cpu_periods} periods",
        Vantage.POD,
        show,
    )
    return THROTTLED.finding(
        f"Container {top.container} of {some_pods(names, of)} is throttled at its CPU limit of {limit or 'its pod'} "
        f"in {percent(_share(top))} of the time in which it uses the CPU.",
        Step(
            "Double the CPU limit.",
            ctx.owner.set_resources(top.container, f"--limits=cpu={doubled(limit)}"),
            changes="the Deployment",
        ),
        show_usage(ctx),
        pods=names,
        evidence=(seen,),
    )


CPU_FREE = Check(
    id="scaling.cpu-free",
    title="The workers are not throttled at their CPU limits",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(THROTTLED,),
    occasions=(Occasion.AUDIT,),
    reads=EXEC,
)
