"""Does the autoscaler get its metrics? Without them it does not scale the Deployment, and nothing else shows that.

If only one of several metrics is missing, it still scales up by the others.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import CLUSTER_BACKENDS, OWNER
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import (
    NOT_SCALED,
    autoscaler_of,
    describe_command,
    metrics_server,
    persistent_condition,
    utilized,
    without_request,
)
from diagnose.model.report import Finding, Step
from diagnose.resources import Autoscaler, Container, Pod, Service

UNAVAILABLE = Code(
    id="scaling.metrics-unavailable",
    meaning="The autoscaler cannot read the usage of pods: the metrics server does not run, or does not answer.",
    fix="Repair the metrics server.",
    transient=True,
    means=NOT_SCALED,
)
NO_REQUEST = Code(
    id="scaling.request-missing",
    meaning="The autoscaler uses the usage as a share of the request, and a container, perhaps an injected one, has no "
    "request of the resource.",
    fix="Give every container of the pod, injected ones included, a request of the resource.",
    means=NOT_SCALED,
)
NOT_ABLE = Code(
    id="scaling.not-able",
    meaning="The autoscaler cannot compute the number of pods, or cannot set it, for the reason quoted.",
    fix="Fix the cause that the autoscaler's condition names.",
    transient=True,
    means=NOT_SCALED,
)
_USUAL = {"cpu": "100m", "memory": "128Mi"}
"""What a container may begin with; its use shows what it needs."""
NO_API = ("unable to fetch metrics from resource metrics API", "no metrics returned from resource metrics API")


def run(ctx: Context) -> Iterator[Finding]:
    """Reports missing requests, or else the condition of an autoscaler that does not scale."""
    autoscaler = autoscaler_of(ctx)
    inactive = persistent_condition(ctx, autoscaler, "ScalingActive", "False") or persistent_condition(
        ctx, autoscaler, "AbleToScale", "False"
    )
    for resource in utilized(autoscaler):
        if lacking := without_request(ctx.target.current_pods, resource):
            yield _no_request(ctx, autoscaler, resource, lacking)
            return
    if inactive is None or inactive.reason == "ScalingDisabled":
        return
    name, show = autoscaler.name, describe_command(ctx, autoscaler)
    seen = ctx.record_evidence(f"hpa {name}, {inactive.reason}", inactive.message, command=show)
    code, problem = NOT_ABLE, f"cannot scale {ctx.target.name} ({inactive.reason})"
    steps: tuple[Step, ...] = (Step("Read its conditions.", show),)
    if any(text in inactive.message for text in NO_API):
        why, fixes = metrics_server(ctx)
        code, problem = UNAVAILABLE, f"gets no metrics ({why}), so it does not scale"
        served = kubectl.get("apiservice", "v1beta1.metrics.k8s.io")
        steps = (*fixes, Step("Find out whether the metrics API is served.", served))
    subjects = (f"horizontalpodautoscaler/{name}",)
    yield code.finding(f"Autoscaler {name} {problem}.", *steps, subjects=subjects, evidence=(seen,))


def _no_request(ctx: Context, autoscaler: Autoscaler, resource: str, lacking: tuple[Pod, Container]) -> Finding:
    pod, container = lacking
    seen = ctx.record_evidence(f"pod {pod.name}, {container.name}", f"no request for {resource}")
    amount = _USUAL.get(resource, "NEW_VALUE")
    command = ctx.owner.set_resources(container.name, f"--requests={resource}={amount}")
    if container.name.startswith("vault-agent"):
        annotation = f"vault.hashicorp.com/agent-requests-{'mem' if resource == 'memory' else resource}"
        command = ctx.owner.annotate_template({annotation: amount})
    return NO_REQUEST.finding(
        f"Container {container.name} requests no {resource}, so autoscaler {autoscaler.name} cannot scale by it.",
        Step(f"Give the container a request, such as {amount}.", command, changes="the Deployment"),
        Step("Read the autoscaler's conditions.", describe_command(ctx, autoscaler)),
        subjects=(f"horizontalpodautoscaler/{autoscaler.name}", f"pod/{pod.name}"),
        evidence=(seen,),
    )


HAS_METRICS = Check(
    id="scaling.has-metrics",
    title="The autoscaler has its metrics",
    stage=stages.AUTOSCALING,
    run=run,
    codes=(UNAVAILABLE, NO_REQUEST, NOT_ABLE),
    reads=(*OWNER, *lists(Scope.OWN, Autoscaler), *optional(lists(Scope.SYSTEM, Service)), *CLUSTER_BACKENDS),
)
