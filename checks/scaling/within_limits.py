"""Does the autoscaler need more pods than it may have? Then all pods are busy and healthy, and work still waits.

One whose minimum equals its maximum is not intended to scale. That it undoes manual scaling is its purpose, no fault.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import (
    autoscaler_of,
    change_autoscaler,
    describe_command,
    persistent_condition,
)
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Autoscaler

AT_MAXIMUM = Code(
    id="scaling.at-maximum",
    meaning="The usage of the pods requires more of them than the autoscaler's maximum, so work waits though every pod "
    "is healthy.",
    fix="Raise the autoscaler's maximum, or give the pods more resources.",
    transient=True,
)


DISABLED = Code(
    id="scaling.scale-up-disabled",
    meaning="The usage of the pods is above the autoscaler's target, and its own behavior forbids it to add pods "
    "(scaleUp with selectPolicy Disabled). It may be left over from a maintenance.",
    fix="Allow the autoscaler to scale up again.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports an autoscaler that has been limited by its maximum for some time, or that may not add pods."""
    autoscaler = autoscaler_of(ctx)
    spec = autoscaler.spec
    if _is_disabled(autoscaler):
        yield from _disabled(ctx, autoscaler)
        return
    limited = persistent_condition(ctx, autoscaler, "ScalingLimited", "True")
    if limited is None or limited.reason != "TooManyReplicas" or spec.min_replicas >= spec.max_replicas:
        return
    name, namespace = autoscaler.name, ctx.target.namespace
    used = _above(autoscaler)
    seen = ctx.record_evidence(
        f"hpa {name}, {limited.reason}", limited.message, command=describe_command(ctx, autoscaler)
    )
    because = f" while {used} is used" if used else ""
    yield AT_MAXIMUM.finding(
        f"Autoscaler {name} is at its maximum of {spec.max_replicas} pods and needs more{because}.",
        Step(
            "Allow more pods, as many as the nodes and the database support.",
            kubectl.patch("hpa", name, {"spec": {"maxReplicas": spec.max_replicas * 2}}, namespace=namespace),
            changes=f"autoscaler {namespace}/{name}",
        ),
        Step("Read the pods' usage.", kubectl.top_pods(namespace=namespace)),
        subjects=(f"horizontalpodautoscaler/{name}",),
        evidence=(seen,),
    )


def _is_disabled(autoscaler: Autoscaler) -> bool:
    """Whether the behavior of an autoscaler forbids it to add pods."""
    up = autoscaler.spec.behavior.scale_up if autoscaler.spec.behavior else None
    return up is not None and up.select_policy == "Disabled"


def _disabled(ctx: Context, autoscaler: Autoscaler) -> Iterator[Finding]:
    """Yields the finding where it wants more pods, which its own condition shows; a small excess is tolerated."""
    name, used = autoscaler.name, _above(autoscaler)
    limited = next((each for each in autoscaler.status.conditions if each.type == "ScalingLimited"), None)
    if not used or limited is None or limited.status != "True":
        return
    seen = ctx.record_evidence(
        f"hpa {name}, {limited.reason}",
        f"{limited.message}; behavior.scaleUp.selectPolicy: Disabled",
        command=describe_command(ctx, autoscaler),
    )
    yield DISABLED.finding(
        f"Autoscaler {name} may not add pods to {ctx.owner.name} (scaleUp Disabled) while {used} is used.",
        change_autoscaler(ctx, "Let it add pods again.", name, {"behavior": {"scaleUp": {"selectPolicy": "Max"}}}),
        Step("Read the pods' usage.", kubectl.top_pods(namespace=ctx.target.namespace)),
        subjects=(f"horizontalpodautoscaler/{name}",),
        evidence=(seen,),
    )


def _above(autoscaler: Autoscaler) -> str:
    """Describes the first resource above its target: "85 % of the memory, with a target of 70 %"."""
    targets = {each.resource.name: each.resource.target for each in autoscaler.spec.metrics if each.resource}
    for each in autoscaler.status.current_metrics or ():
        if each.resource and each.resource.name in targets:
            used, target = each.resource.current.average_utilization, targets[each.resource.name].average_utilization
            if used is not None and target is not None and used > target:
                return f"{used} % of the requested {each.resource.name} (target {target} %)"
    return ""


WITHIN_LIMITS = Check(
    id="scaling.within-limits",
    title="The autoscaler may add the pods that are needed",
    # Pods that crash and start again use much, too.
    stage=stages.SCALING_LIMITS,
    run=run,
    codes=(AT_MAXIMUM, DISABLED),
    reads=(*OWNER, *lists(Scope.OWN, Autoscaler)),
)
