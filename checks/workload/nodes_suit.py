"""Is there a node for a new pod, by its labels, its taints and its size?

How much of a node is already requested is left to the scheduler, which counts pods of all namespaces.
"""

from collections.abc import Iterator
from decimal import Decimal

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.node_fit import is_selected, schedulable_nodes
from diagnose.domain.kubernetes.quotas import needs
from diagnose.model.report import Finding, Step
from diagnose.resources import Node, quantities
from diagnose.text.sentences import truncate

NONE = Code(
    id="workload.no-node-suits",
    meaning="Every node is cordoned, NotReady, tainted, without the labels that the pod template requires, or smaller "
    "than the requests of one pod, so a new pod would stay Pending.",
    fix="Repair or add a node, or change the requirements of the pod template.",
)
PREFIX = "requests."


def run(ctx: Context) -> Iterator[Finding]:
    """Reports that no node is left."""
    nodes = ctx.list(Node)
    suiting = schedulable_nodes(ctx)
    requested = {name.removeprefix(PREFIX): each for name, each in needs(ctx).items() if name.startswith(PREFIX)}
    large = [node for node in suiting if not _too_small(node, requested)]
    ctx.note(f"{len(large)} of {len(nodes)} nodes would accept one, if they have capacity")
    if large:
        return
    reasons = {node.name: _too_small(node, requested) if node in suiting else _excluded(ctx, node) for node in nodes}
    listed = "; ".join(f"{name} {reason}" for name, reason in list(reasons.items())[:3])
    more = f" and {len(nodes) - 3} more" if len(nodes) > 3 else ""
    columns = "NAME:.metadata.name,TAINTS:.spec.taints,CORDONED:.spec.unschedulable"
    show = kubectl.get("nodes", output=f"custom-columns={columns}")
    seen = ctx.record_evidence("nodes", listed or "there are none", command=show)
    cordoned = [node.name for node in nodes if node.spec.unschedulable]
    uncordon = Step(
        "Uncordon it, if the maintenance is over.", kubectl.uncordon(*cordoned), changes=f"nodes {', '.join(cordoned)}"
    )
    yield NONE.finding(
        f"None of the {len(nodes)} nodes accepts a new pod of {ctx.target.name}: "
        f"{truncate(listed, 90) or 'there are none'}{more}.",
        *((uncordon,) if cordoned else ()),
        Step("List the nodes.", show),
        subjects=tuple(f"node/{node.name}" for node in nodes[:6]),
        evidence=(seen,),
    )


def _too_small(node: Node, requested: dict[str, Decimal]) -> str:
    """Describes the resource that is smaller than the requests of one pod; "" where the node is large enough."""
    allocatable = node.status.allocatable
    for resource, needed in requested.items():
        # A node that reports resources at all has nothing of one that it does not report.
        text = allocatable.get(resource, "0" if allocatable else "")
        has = quantities.parse(text)
        if has is not None and needed > has:
            return f"has only {text} {resource}" if resource in allocatable else f"has no {resource}"
    return ""


def _excluded(ctx: Context, node: Node) -> str:
    if node.spec.unschedulable:
        return "is cordoned"
    if not is_selected(ctx.target.template.spec, node):
        return "has other labels"
    return "has a taint that is not tolerated"


NODES_SUIT = Check(
    id="workload.nodes-suit",
    title="A node would accept a new pod",
    stage=stages.SCHEDULING,
    template=(),  # before a deploy there is nothing to roll back
    run=run,
    codes=(NONE,),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=lists(Scope.CLUSTER, Node),
)
