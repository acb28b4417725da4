"""Do the namespace's quotas allow the pods that a deployment adds permanently: all of a first install, or some more?

The temporary extra pod of a rollout belongs to scaling.rollout-possible.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists
from diagnose.domain.kubernetes.admission import QUOTA
from diagnose.domain.kubernetes.pods import replicas_of
from diagnose.domain.kubernetes.quotas import exceeded, needs
from diagnose.model.report import Finding
from diagnose.resources import ResourceQuota


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a quota that is too small for them."""
    added = replicas_of(ctx) - len(ctx.target.pods)
    if added <= 0:
        raise NotApplicableError("all desired pods exist")
    together = {name: number * added for name, number in needs(ctx).items()}
    yield from exceeded(ctx, QUOTA, together, f"{added} more pods of {ctx.target.name}")


QUOTA_SUFFICES = Check(
    id="workload.quota-suffices",
    title="The quotas allow all desired pods",
    stage=stages.ADMISSION,
    run=run,
    codes=(QUOTA,),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=(*OWNER, *lists(Scope.OWN, ResourceQuota)),
)
