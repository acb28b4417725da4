"""Are the pods on more than one node? A preferred rule may place them all on one, whose failure ends all of them."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.node_fit import schedulable_nodes
from diagnose.domain.kubernetes.pods import subjects
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Node

ONE_NODE = Code(
    id="scaling.pods-on-one-node",
    meaning="All pods are on one node though others would accept them, so a failure or a drain of the node ends all of "
    "them. A preferred rule does not bind the scheduler, and is not evaluated again once a pod is placed.",
    fix="Restart the pods to place them again; a topology spread constraint keeps them spread.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports that all ready pods share a node, though another one would accept some."""
    pods = ctx.target.ready_pods
    if ctx.target.is_single_pod or len(pods) < 2:
        raise NotApplicableError("there are fewer than two ready pods")
    nodes = {pod.spec.node_name for pod in pods}
    if len(nodes) > 1:
        return
    (node,) = nodes
    others = [each.name for each in schedulable_nodes(ctx) if each.name != node]
    if not others:
        ctx.note("no other node accepts the pods")
        return
    list_pods = kubectl.get("pods", namespace=ctx.target.namespace, output="wide")
    seen = ctx.record_evidence(
        f"node {node}", f"{len(pods)} pods; others that would accept them: {', '.join(others[:3])}", command=list_pods
    )
    yield ONE_NODE.finding(
        f"All {len(pods)} pods of {ctx.target.name} are on node {node}, though {others[0]}"
        f"{f' and {len(others) - 1} more' if others[1:] else ''} would accept some.",
        Step("Restart the pods to place them again.", ctx.owner.rollout("restart"), changes="the pods"),
        Step("List the pods with their nodes.", list_pods),
        subjects=(f"node/{node}", *subjects(pod.name for pod in pods)),
        evidence=(seen,),
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
