"""Does a rollout keep pods running, and does the namespace's quota allow the pod that it adds?

A rollout with maxUnavailable 0 must create one more pod first. Where a ResourceQuota does not allow that one, nothing
happens until the rollout's deadline, and the Deployment's conditions report only the deadline.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists
from diagnose.domain.kubernetes.autoscaling import rollout
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.domain.kubernetes.quotas import exceeded, needs
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import ResourceQuota

TAKES_ALL = Code(
    id="scaling.rollout-takes-all",
    meaning="The Deployment's strategy lets a rollout stop all pods before new ones are ready, so no work is done "
    "meanwhile, and none at all where the new ones do not start.",
    fix="Lower maxUnavailable below the number of pods, and let the rollout create one more (maxSurge).",
    severity=Severity.WARNING,
)
QUOTA_TOO_SMALL = Code(
    id="scaling.quota-no-room",
    meaning="A ResourceQuota of the namespace does not allow the additional pod of a rollout, and maxUnavailable is 0, "
    "so the rollout cannot begin.",
    fix="Raise the quota, or raise maxUnavailable for the rollout.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a strategy that stops all pods, or a quota without capacity for one more."""
    spec = deployment_of(ctx).spec
    if not spec.replicas:
        raise NotApplicableError("the Deployment is scaled to 0")
    more, fewer = rollout(spec)
    if spec.strategy.type == "Recreate" or fewer >= spec.replicas:
        yield _takes_all(ctx, "Recreate" if spec.strategy.type == "Recreate" else f"maxUnavailable {fewer}")
    if spec.strategy.type == "Recreate" or fewer or not more:
        return
    yield from exceeded(ctx, QUOTA_TOO_SMALL, needs(ctx), f"the pod that a rollout of {ctx.target.name} adds")


def _takes_all(ctx: Context, rule: str) -> Finding:
    replicas = deployment_of(ctx).spec.replicas
    namespace, name = ctx.target.namespace, ctx.target.name
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    pods = "its only pod" if replicas == 1 else f"all its {replicas} pods"
    return TAKES_ALL.finding(
        f"A rollout of {name} ({rule}) may stop {pods} before a new one is ready, so no work is done meanwhile.",
        Step(
            "Let a rollout create one more pod and keep the others.",
            ctx.owner.patch({"spec": {"strategy": strategy}}),
            changes=f"the strategy of deployment {namespace}/{name}, no pod",
        ),
        subjects=(f"deployment/{name}",),
    )


ROLLOUT_POSSIBLE = Check(
    id="scaling.rollout-possible",
    title="A rollout can begin and keeps pods running",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(TAKES_ALL, QUOTA_TOO_SMALL),
    occasions=(Occasion.BEFORE_DEPLOY, Occasion.AUDIT),
    reads=(*OWNER, *lists(Scope.OWN, ResourceQuota)),
)
