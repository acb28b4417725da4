"""The autoscaler of the workload, what it says of itself, and the metrics server behind it.

What numbers of pods come to that Kubernetes takes as a count or as a share: of a rollout, and of a budget.
"""

import math

from diagnose.check.api import Context, NotApplicableError
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.domain.network.backends import why_no_endpoints
from diagnose.model.report import Step
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Autoscaler, Condition, DeploymentSpec, DisruptionBudget, EndpointSlice, Service

QUARTER = "25%"
"""What a Deployment takes for a number that is not given."""


def count(value: int | str, of: int, *, up: bool) -> int:
    """A number of pods; a share of them is rounded up or down."""
    if isinstance(value, int):
        return value
    digits = value.strip().removesuffix("%")
    share = of * int(digits) / 100 if digits.isdigit() else 0
    return math.ceil(share) if up else math.floor(share)


def rollout(spec: DeploymentSpec) -> tuple[int, int]:
    """How many pods a rollout may have too many, and too few.

    As the Deployment controller works it out: where both come to none, one may be missing.
    """
    given = spec.strategy.rolling_update
    surge, missing = (given.max_surge, given.max_unavailable) if given else (None, None)
    more = count(QUARTER if surge is None else surge, spec.replicas, up=True)
    fewer = count(QUARTER if missing is None else missing, spec.replicas, up=False)
    return more, fewer if more or fewer else 1


def kept(budget: DisruptionBudget, pods: int) -> int:
    """How many of so many pods a budget keeps (https://kubernetes.io/docs/tasks/run-application/configure-pdb/)."""
    spec = budget.spec
    if spec.min_available is not None:
        return count(spec.min_available, pods, up=True)
    return max(pods - count(spec.max_unavailable or 0, pods, up=True), 0)


def rule(budget: DisruptionBudget) -> str:
    """A budget's rule as it is written."""
    spec = budget.spec
    if spec.min_available is not None:
        return f"minAvailable {spec.min_available}"
    return f"maxUnavailable {spec.max_unavailable or 0}"


SETTLED_S = 60.0
"""For how long it must say so: what it sees of a rollout or of a restarted metrics server passes by itself."""


def autoscaler_of(ctx: Context) -> Autoscaler:
    """The autoscaler that scales the target's Deployment.

    Raises:
        NotApplicableError: there is none, or it has nothing to scale.
        NoAnswerError: Deployments or autoscalers may not be listed.
    """
    deployment, found = deployment_of(ctx), autoscalers_of(ctx)
    if not found:
        raise NotApplicableError("no autoscaler scales the Deployment")
    if deployment.spec.replicas == 0:
        raise NotApplicableError("the Deployment is scaled to 0, where an autoscaler does nothing")
    return found[0]


def autoscalers_of(ctx: Context) -> list[Autoscaler]:
    """All autoscalers that are for the target's Deployment.

    Raises:
        NotApplicableError: there is no Deployment.
        NoAnswerError: Deployments or autoscalers may not be listed.
    """
    name = deployment_of(ctx).name
    return [
        each
        for each in ctx.list(Autoscaler, ctx.target.namespace)
        if (each.spec.scale_target_ref.kind, each.spec.scale_target_ref.name) == ("Deployment", name)
    ]


def lasting(ctx: Context, autoscaler: Autoscaler, kind: str, status: str) -> Condition | None:
    """A condition of that status that has held long enough to count."""
    found = next((each for each in autoscaler.status.conditions if (each.type, each.status) == (kind, status)), None)
    since = ctx.age(found.last_transition_time).total_seconds() if found else 0.0
    return found if found and since >= SETTLED_S else None


def look(ctx: Context, autoscaler: Autoscaler) -> Command:
    """The command that shows what it says of itself."""
    return kubectl.describe("hpa", autoscaler.name, namespace=ctx.target.namespace)


def metrics_server(ctx: Context) -> tuple[str, tuple[Step, ...]]:
    """What is known of the metrics server, and the step that mends it or decides."""
    try:
        services = [each for each in ctx.list(Service, "kube-system") if "metrics-server" in each.name]
        slices = ctx.list(EndpointSlice, "kube-system")
    except NoAnswerError:
        return "the metrics API does not answer", ()
    if not services:
        return "the cluster has no metrics-server", ()
    service = services[0]
    ready = [one for each in slices if each.service == service.name for one in each.endpoints or ()]
    if any(one.conditions.ready is not False for one in ready):
        return f"{service.name} is ready, but the metrics API does not answer", ()
    return why_no_endpoints(ctx, "kube-system", service.spec.selector)
