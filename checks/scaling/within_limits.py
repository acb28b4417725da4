"""Does the autoscaler want more than it may? Then pods are busy, all are well, and work still waits.

One whose minimum is its maximum is not meant to scale. That it undoes what a person scales is its work, and no fault.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import autoscaler_of, lasting, look
from diagnose.model.report import Finding, Step
from diagnose.resources import Autoscaler, Deployment

AT_MAXIMUM = Code(
    id="scaling.at-maximum",
    meaning="The use of the pods asks for more of them than the autoscaler's maximum allows, so work waits though "
    "every pod is well.",
    fix="Raise the autoscaler's maximum, or give the pods more resources.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """An autoscaler that has wanted more for a while."""
    autoscaler = autoscaler_of(ctx)
    spec = autoscaler.spec
    limited = lasting(ctx, autoscaler, "ScalingLimited", "True")
    if limited is None or limited.reason != "TooManyReplicas" or spec.min_replicas >= spec.max_replicas:
        return
    name, namespace = autoscaler.name, ctx.target.namespace
    used = _above(autoscaler)
    seen = ctx.record_evidence(f"hpa {name}, {limited.reason}", limited.message, command=look(ctx, autoscaler))
    because = f" while {used} is used" if used else ""
    yield AT_MAXIMUM.finding(
        f"Autoscaler {name} is at its maximum of {spec.max_replicas} pods and wants more{because}.",
        subjects=(f"horizontalpodautoscaler/{name}",),
        evidence=(seen,),
        steps=(
            Step(
                text="Allow more pods, as many as nodes and the database bear.",
                command=kubectl.patch(
                    "hpa", name, {"spec": {"maxReplicas": spec.max_replicas * 2}}, namespace=namespace
                ),
                changes=f"autoscaler {namespace}/{name}",
            ),
            Step(text="See what the pods use.", command=kubectl.top_pods(namespace=namespace)),
        ),
    )


def _above(autoscaler: Autoscaler) -> str:
    """The first resource of which more is used than aimed at: "85 % of the memory, with a target of 70 %"."""
    aims = {each.resource.name: each.resource.target for each in autoscaler.spec.metrics if each.resource}
    for each in autoscaler.status.current_metrics or ():
        if each.resource and each.resource.name in aims:
            used, aim = each.resource.current.average_utilization, aims[each.resource.name].average_utilization
            if used is not None and aim is not None and used > aim:
                return f"{used} % of the requested {each.resource.name} (target {aim} %)"
    return ""


WITHIN_LIMITS = Check(
    id="scaling.within-limits",
    title="The autoscaler has room for as many pods as it wants",
    # Pods that crash and start again use much, too.
    stage=stages.SCALING_LIMITS,
    run=run,
    codes=(AT_MAXIMUM,),
    reads=lists(Scope.OWN, Deployment, Autoscaler),
)
