"""The workload's autoscaler and the metrics server, and the arithmetic of pod counts and percentages."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from diagnose.check.api import Context, NotApplicableError
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.pods import controller_of, replicas_of
from diagnose.domain.network.backends import why_no_endpoints
from diagnose.model.report import Step
from diagnose.resources import Autoscaler, Condition, Container, DeploymentSpec, EndpointSlice, Pod, Service

NOT_SCALED = "what runs works, but does not scale"
"""What a fault of the autoscaling alone means."""
QUARTER = "25%"
"""The default of maxSurge and maxUnavailable."""


def count(value: int | str, of: int, *, up: bool) -> int:
    """Returns a number of pods, of which a percentage is rounded up or down."""
    if isinstance(value, int):
        return value
    digits = value.strip().removesuffix("%")
    share = of * int(digits) / 100 if digits.isdigit() else 0
    return math.ceil(share) if up else math.floor(share)


def rollout(spec: DeploymentSpec) -> tuple[int, int]:
    """Returns how many pods a rollout may have in excess, and how many may be unavailable.

    Like the Deployment controller: where both are 0, one may be unavailable.
    """
    given = spec.strategy.rolling_update
    surge, missing = (given.max_surge, given.max_unavailable) if given else (None, None)
    more = count(QUARTER if surge is None else surge, spec.replicas, up=True)
    fewer = count(QUARTER if missing is None else missing, spec.replicas, up=False)
    return more, fewer if more or fewer else 1


SETTLED_S = 60.0
"""How long a condition must persist: those by a rollout or a restarted metrics server are transient."""


def autoscaler_of(ctx: Context) -> Autoscaler:
    """Returns the autoscaler of the target.

    Raises:
        NotApplicableError: there is none, or it has nothing to scale.
        NoAnswerError: Deployments or autoscalers may not be listed.
    """
    desired, found = replicas_of(ctx), autoscalers_of(ctx)
    if not found:
        raise NotApplicableError(f"no autoscaler scales {ctx.owner.label}")
    if desired == 0:
        raise NotApplicableError(f"{ctx.owner.label} is scaled to 0, where an autoscaler does nothing")
    return found[0]


def autoscalers_of(ctx: Context) -> list[Autoscaler]:
    """Returns all autoscalers of the target.

    Raises:
        NotApplicableError: nothing makes its pods.
        NoAnswerError: the workload or autoscalers may not be listed.
    """
    controller = controller_of(ctx)
    return [
        each
        for each in ctx.list(Autoscaler, ctx.target.namespace)
        if (each.spec.scale_target_ref.kind, each.spec.scale_target_ref.name) == (controller.kind, controller.name)
    ]


def listed_autoscalers(ctx: Context) -> list[Autoscaler]:
    """Returns the autoscalers of the target; records a problem where they may not be listed."""
    return ctx.attempt(lambda: autoscalers_of(ctx)) or []


def change_autoscaler(ctx: Context, text: str, name: str, spec: dict[str, Any]) -> Step:
    """Returns the step that changes an autoscaler's spec."""
    namespace = ctx.target.namespace
    command = kubectl.patch("hpa", name, {"spec": spec}, namespace=namespace)
    return Step(text, command, changes=f"autoscaler {namespace}/{name}")


def persistent_condition(ctx: Context, autoscaler: Autoscaler, kind: str, status: str) -> Condition | None:
    """Returns the condition with that status, where it has persisted long enough."""
    found = next((each for each in autoscaler.status.conditions if (each.type, each.status) == (kind, status)), None)
    since = ctx.age(found.last_transition_time).total_seconds() if found else 0.0
    return found if found and since >= SETTLED_S else None


def describe_command(ctx: Context, autoscaler: Autoscaler) -> Command:
    """Returns the command that describes the autoscaler."""
    return kubectl.describe("hpa", autoscaler.name, namespace=ctx.target.namespace)


def utilized(autoscaler: Autoscaler) -> Iterator[str]:
    """Yields resources whose usage counts as a share of the requests of all containers of a pod."""
    for each in autoscaler.spec.metrics:
        if each.resource and each.resource.target.average_utilization is not None:
            yield each.resource.name


def without_request(pods: Iterable[Pod], resource: str) -> tuple[Pod, Container] | None:
    """Returns the first container of pods that has no request of the resource, None where each has one."""
    for pod in pods:
        if resource in pod.spec.resources.requests:
            continue
        for container in pod.spec.running_containers:
            if resource not in container.resources.requests:
                return pod, container
    return None


def metrics_server(ctx: Context) -> tuple[str, tuple[Step, ...]]:
    """Returns the state of the metrics server, and steps that fix or inspect it."""
    return ctx.detail(lambda: _metrics_server(ctx)) or ("the metrics API does not answer", ())


def _metrics_server(ctx: Context) -> tuple[str, tuple[Step, ...]]:
    services = [each for each in ctx.list(Service, "kube-system") if "metrics-server" in each.name]
    slices = ctx.list(EndpointSlice, "kube-system")
    if not services:
        return "the cluster has no metrics-server", ()
    service = services[0]
    ready = [one for each in slices if each.service == service.name for one in each.endpoints or ()]
    if any(one.conditions.ready is not False for one in ready):
        return f"{service.name} is ready, but the metrics API does not answer", ()
    return why_no_endpoints(ctx, "kube-system", service.spec.selector)
