"""Does the autoscaler's Deployment exist? With a misspelt name it scales nothing, silently."""

import difflib
from collections.abc import Collection, Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import autoscalers_of, change_autoscaler, describe_command
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Autoscaler, Deployment

NO_TARGET = Code(
    id="scaling.autoscaler-target-missing",
    meaning="An autoscaler of the worker's namespace has a scaleTargetRef that does not exist, and none targets the "
    "worker's Deployment, so the number of its pods does not follow their usage.",
    fix="Correct the autoscaler's scaleTargetRef.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports autoscalers of the namespace whose Deployment does not exist, where none targets the worker's."""
    deployment_of(ctx)
    if autoscalers_of(ctx):
        return
    namespace, name = ctx.target.namespace, ctx.target.name
    known = {each.name for each in ctx.list(Deployment, namespace)}
    for each in ctx.list(Autoscaler, namespace):
        target = each.spec.scale_target_ref
        if target.kind == "Deployment" and target.name not in known and _is_meant(name, target.name, known):
            seen = ctx.record_evidence(
                f"hpa {each.name}", f"scales deployment {target.name}", command=describe_command(ctx, each)
            )
            yield NO_TARGET.finding(
                f"Autoscaler {each.name} targets Deployment {target.name}, which does not exist; none targets {name}.",
                change_autoscaler(
                    ctx,
                    f"Target Deployment {name}, if that is intended.",
                    each.name,
                    {"scaleTargetRef": {"name": name}},
                ),
                Step("List the Deployments.", kubectl.get("deployments", namespace=namespace)),
                subjects=(f"horizontalpodautoscaler/{each.name}",),
                evidence=(seen,),
            )


def _is_meant(own: str, missing: str, known: Collection[str]) -> bool:
    """Whether a name that does not exist rather means this Deployment than any other of the namespace."""
    nearest = difflib.get_close_matches(missing, known, n=1, cutoff=0.0 if len(known) == 1 else 0.6)
    return nearest == [own]


AUTOSCALER_AIMS = Check(
    id="scaling.autoscaler-aims",
    title="The autoscaler's Deployment exists",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(NO_TARGET,),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=(*OWNER, *lists(Scope.OWN, Autoscaler)),
)
