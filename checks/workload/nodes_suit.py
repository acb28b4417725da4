"""Is there a node that would take a new pod: by its labels, its taints and its size?

How much of a node is taken is the scheduler's matter: it counts pods of all namespaces.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.node_fit import fitting
from diagnose.domain.kubernetes.quotas import needs
from diagnose.domain.kubernetes.usage import amount
from diagnose.model.report import Finding, Step
from diagnose.resources import Node
from diagnose.text.sentences import truncate

NONE = Code(
    id="workload.no-node-suits",
    meaning="Every node is cordoned, not ready, tainted, of other labels than the pod template asks for, or smaller "
    "than what one pod requests, so that a new pod would wait for a node for ever.",
    fix="Bring a node back or add one, or change what the pod template asks for.",
)
RESOURCES = ("cpu", "memory", "ephemeral-storage")


def run(ctx: Context) -> Iterator[Finding]:
    """A finding where no node is left."""
    nodes = ctx.list(Node)
    suiting = fitting(ctx)
    wanted = needs(ctx)
    large = [node for node in suiting if not _too_small(node, wanted)]
    ctx.note(f"{len(large)} of {len(nodes)} nodes would take one, if they have room")
    if large:
        return
    reasons = {node.name: _too_small(node, wanted) if node in suiting else _barred(ctx, node) for node in nodes}
    told = "; ".join(f"{name} {reason}" for name, reason in list(reasons.items())[:3])
    more = f" and {len(nodes) - 3} more" if len(nodes) > 3 else ""
    columns = "NAME:.metadata.name,TAINTS:.spec.taints,CORDONED:.spec.unschedulable"
    look = kubectl.get("nodes", output=f"custom-columns={columns}")
    seen = ctx.record_evidence("nodes", told or "there are none", command=look)
    cordoned = [node.name for node in nodes if node.spec.unschedulable]
    uncordon = Step(
        text="Allow pods on it again, if the maintenance is over.",
        command=kubectl.uncordon(*cordoned),
        changes=f"nodes {', '.join(cordoned)}",
    )
    yield NONE.finding(
        f"None of the {len(nodes)} nodes takes a new pod of {ctx.target.name}: "
        f"{truncate(told, 90) or 'there are none'}{more}.",
        subjects=tuple(f"node/{node.name}" for node in nodes[:6]),
        evidence=(seen,),
        steps=(*((uncordon,) if cordoned else ()), Step(text="See the nodes.", command=look)),
    )


def _too_small(node: Node, wanted: dict[str, float]) -> str:
    """What of the node is less than one pod requests; "" where it is large enough."""
    for resource in RESOURCES:
        has = node.status.allocatable.get(resource, "")
        if has and wanted.get(f"requests.{resource}", 0.0) > amount(has):
            return f"has only {has} {resource}"
    return ""


def _barred(ctx: Context, node: Node) -> str:
    if node.spec.unschedulable:
        return "is cordoned"
    selector = ctx.target.template.spec.node_selector
    if any(node.metadata.labels.get(key) != value for key, value in selector.items()):
        return "has other labels"
    return "has a taint that is not tolerated"


NODES_SUIT = Check(
    id="workload.nodes-suit",
    title="A node would take a new pod",
    stage=stages.SCHEDULING,
    run=run,
    codes=(NONE,),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=lists(Scope.CLUSTER, Node),
)
