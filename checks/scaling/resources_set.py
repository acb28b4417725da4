"""Does every container say how much it needs, and how much memory at most?

Without a request the scheduler places a pod blindly and the kubelet evicts it first; without a memory limit one
container may take its node's memory. A missing CPU limit is no fault: it makes nobody else
wait for longer than the requests say.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.commands import kubectl
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Container

UNSET = Code(
    id="scaling.resources-unset",
    meaning="A container has no memory limit, or requests no CPU or memory: it may take its node's memory, or is "
    "placed blindly and evicted first.",
    fix="Give the container requests and a memory limit.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Containers of the newest pod, which has what was injected and defaulted, else of the template."""
    pods = sorted(ctx.target.current_pods, key=lambda pod: str(pod.metadata.creation_timestamp))
    spec = pods[-1].spec if pods else ctx.target.template.spec
    lacking = {each.name: told for each in spec.containers if (told := _lacks(each))}
    if lacking:
        yield _finding(ctx, lacking)


def _lacks(container: Container) -> str:
    """What a container does not say, in words."""
    given = container.resources
    # A limit without a request counts as the request, too.
    missing = [f"{name} request" for name in ("cpu", "memory") if name not in {**given.limits, **given.requests}]
    if "memory" not in given.limits:
        missing.append("memory limit")
    return " and no ".join(missing)


def _finding(ctx: Context, lacking: dict[str, str]) -> Finding:
    workload = ctx.names["workload"]
    first = next(iter(lacking))
    told = ", ".join(f"{name} has no {what}" for name, what in lacking.items())
    follows = "it may take its node's memory" if "limit" in lacking[first] else "it is placed blindly and evicted first"
    values = ("--requests=cpu=NEW_VALUE,memory=NEW_VALUE", "--limits=memory=NEW_VALUE")
    return UNSET.finding(
        f"Container {told}, so {follows}.",
        subjects=(f"deployment/{workload}",),
        steps=(
            Step(
                text="Give it what `kubectl top pods --containers` shows that it uses, and some more.",
                command=ctx.owner.set_resources(first, *values),
                changes="the Deployment",
            ),
            Step(
                text="See what the pods use.",
                command=kubectl.top_pods("--containers", namespace=ctx.target.namespace),
            ),
        ),
    )


RESOURCES_SET = Check(
    id="scaling.resources-set",
    title="Every container has requests and a memory limit",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(UNSET,),
    occasions=(Occasion.AUDIT,),
)
