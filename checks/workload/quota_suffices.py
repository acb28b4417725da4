"""Do the namespace's quotas allow the pods that a deployment adds permanently: all of a first install, or some more?

The temporary extra pod of a rollout belongs to scaling.rollout-possible.
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
    """Reports a quota that is too small for them."""
    added = deployment_of(ctx).spec.replicas - len(ctx.target.pods)
    if added <= 0:
        raise NotApplicableError("all desired pods exist")
    together = {name: number * added for name, number in needs(ctx).items()}
    for quota in ctx.list(ResourceQuota, ctx.target.namespace):
        if quota.spec.scopes or not (short := lacking(quota, together)):
            continue
        describe = kubectl.describe("quota", quota.name, namespace=ctx.target.namespace)
        yield QUOTA.finding(
            f"ResourceQuota {quota.name} does not allow {added} more pods of {ctx.target.name} ({short}).",
            subjects=(f"resourcequota/{quota.name}",),
            evidence=(ctx.record_evidence(f"resourcequota {quota.name}", short, command=describe),),
            steps=(
                Step(
                    text="Raise the quota.",
                    command=kubectl.edit("quota", quota.name, namespace=ctx.target.namespace),
                    changes=f"quota {ctx.target.namespace}/{quota.name}",
                ),
                Step(text="Read the used amounts.", command=describe),
            ),
        )


QUOTA_SUFFICES = Check(
    id="workload.quota-suffices",
    title="The quotas allow all desired pods",
    stage=stages.ADMISSION,
    run=run,
    codes=(QUOTA,),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=lists(Scope.OWN, Deployment, ResourceQuota),
)
