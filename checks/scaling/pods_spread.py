"""Are the pods on more than one node? A preferred rule lets them all end up on one, where they end together with it."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.node_fit import fitting
from diagnose.domain.kubernetes.pods import subjects
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Node

ONE_NODE = Code(
    id="scaling.pods-on-one-node",
    meaning="All pods are on one node though there are others for them, so the node's end, or its drain, is the end of "
    "all. A preferred rule is only a wish, which is not looked at again once a pod is placed.",
    fix="Restart the pods, so that they are placed anew; a topology spread constraint makes it last.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """A finding where all pods that are ready share a node, and need not."""
    pods = ctx.target.ready_pods
    if ctx.target.alone or len(pods) < 2:
        raise NotApplicableError("there are not several pods that are ready")
    nodes = {pod.spec.node_name for pod in pods}
    if len(nodes) > 1:
        return
    (node,) = nodes
    others = [each.name for each in fitting(ctx) if each.name != node]
    if not others:
        ctx.note("no other node takes the pods")
        return
    look = kubectl.get("pods", namespace=ctx.target.namespace, output="wide")
    seen = ctx.record_evidence(
        f"node {node}", f"{len(pods)} pods; others that would take them: {', '.join(others[:3])}", command=look
    )
    yield ONE_NODE.finding(
        f"All {len(pods)} pods of {ctx.target.name} are on node {node}, though {others[0]}"
        f"{f' and {len(others) - 1} more' if others[1:] else ''} would take some.",
        subjects=(f"node/{node}", *subjects(pod.name for pod in pods)),
        evidence=(seen,),
        steps=(
            Step(
                text="Have the pods placed anew.",
                command=ctx.owner.rollout("restart"),
                changes="the pods",
            ),
            Step(text="See where they are.", command=look),
        ),
    )


PODS_SPREAD = Check(
    id="scaling.pods-spread",
    title="The pods are on more than one node",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(ONE_NODE,),
    occasions=(Occasion.AUDIT,),
    reads=optional(lists(Scope.CLUSTER, Node)),
)
