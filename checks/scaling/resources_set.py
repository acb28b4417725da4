"""Does every container have requests and a memory limit?

Without a request the scheduler does not consider the pod's usage and the kubelet evicts it first; without a memory
limit one container may use all memory of its node. A missing CPU limit is no fault: the requests of other containers
still protect their share.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.domain.kubernetes.usage import show_usage
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Container, Resources

UNSET = Code(
    id="scaling.resources-unset",
    meaning="A container has no memory limit, or requests no CPU or memory: it may use all memory of its node, or is "
    "placed without regard to its usage and evicted first.",
    fix="Give the container requests and a memory limit.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports containers of the newest pod, which includes injected ones and defaults, else of the template."""
    pods = sorted(ctx.target.current_pods, key=lambda pod: pod.creation_order)
    spec = pods[-1].spec if pods else ctx.target.template.spec
    lacking = {each.name: missing for each in spec.running_containers if (missing := _missing(each, spec.resources))}
    if lacking:
        yield _finding(ctx, lacking)


def _missing(container: Container, of_pod: Resources) -> str:
    """Describes what neither a container nor its pod sets."""
    limits = {**of_pod.limits, **container.resources.limits}
    # A limit without a request is also the request.
    given = {**limits, **of_pod.requests, **container.resources.requests}
    missing = [f"{name} request" for name in ("cpu", "memory") if name not in given]
    if "memory" not in limits:
        missing.append("memory limit")
    return " and no ".join(missing)


def _finding(ctx: Context, lacking: dict[str, str]) -> Finding:
    workload = ctx.names["workload"]
    first = next(iter(lacking))
    listed = ", ".join(f"{name} has no {what}" for name, what in lacking.items())
    follows = "it may use all memory of its node" if "limit" in lacking[first] else "it is evicted first"
    values = ("--requests=cpu=NEW_VALUE,memory=NEW_VALUE", "--limits=memory=NEW_VALUE")
    return UNSET.finding(
        f"Container {listed}, so {follows}.",
        Step(
            "Set them above the usage that `kubectl top pods --containers` shows.",
            ctx.owner.set_resources(first, *values),
            changes="the Deployment",
        ),
        show_usage(ctx),
        subjects=(f"deployment/{workload}",),
    )


RESOURCES_SET = Check(
    id="scaling.resources-set",
    title="Every container has requests and a memory limit",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(UNSET,),
    occasions=(Occasion.AUDIT,),
)
