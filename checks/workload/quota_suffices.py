"""Have the namespace's quotas room for the pods that a deploy adds for good: all of a first install, or some more?

The one pod that a rollout makes in passing is asked about by scaling.rollout-possible.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import QUOTA
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.domain.kubernetes.quotas import lacking, needs
from diagnose.model.report import Finding, Step
from diagnose.resources import Deployment, ResourceQuota


def run(ctx: Context) -> Iterator[Finding]:
    """A quota that is too small for them."""
    wanted = deployment_of(ctx).spec.replicas
    added = wanted - len(ctx.target.pods)
    if added <= 0:
        raise NotApplicableError("no more pods are wanted than there are")
    together = {name: number * added for name, number in needs(ctx).items()}
    for quota in ctx.list(ResourceQuota, ctx.target.namespace):
        if quota.spec.scopes or not (short := lacking(quota, together)):
            continue
        look = kubectl.describe("quota", quota.name, namespace=ctx.target.namespace)
        yield QUOTA.finding(
            f"ResourceQuota {quota.name} has no room for {added} more pods of {ctx.target.name} ({short}).",
            subjects=(f"resourcequota/{quota.name}",),
            evidence=(ctx.record_evidence(f"resourcequota {quota.name}", short, command=look),),
            steps=(
                Step(
                    text="Raise the quota.",
                    command=kubectl.edit("quota", quota.name, namespace=ctx.target.namespace),
                    changes=f"quota {ctx.target.namespace}/{quota.name}",
                ),
                Step(text="See what is used.", command=look),
            ),
        )


QUOTA_SUFFICES = Check(
    id="workload.quota-suffices",
    title="The quotas have room for all pods that are wanted",
    stage=stages.ADMISSION,
    run=run,
    codes=(QUOTA,),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=lists(Scope.OWN, Deployment, ResourceQuota),
)
