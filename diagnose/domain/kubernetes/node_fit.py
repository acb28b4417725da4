"""Which nodes the worker's pods may be placed on, by labels and taints; what a node has free is not looked at."""

from collections.abc import Iterable

from diagnose.check.api import Context
from diagnose.resources import AffinityTerm, Node, Taint, Toleration
from diagnose.resources.selectors import selects

BARRING = {"NoSchedule", "NoExecute"}


def tolerated(taint: Taint, tolerations: Iterable[Toleration]) -> bool:
    """Whether one of the tolerations is for the taint."""
    return any(
        each.effect in {"", taint.effect}
        and each.key in {"", taint.key}
        and (each.operator == "Exists" or (each.key == taint.key and each.value == taint.value))
        for each in tolerations
    )


def fitting(ctx: Context) -> list[Node]:
    """The nodes on which the scheduler may put a pod of the template.

    Raises:
        NoAnswerError: nodes may not be listed.
    """
    return [node for node in ctx.list(Node) if _fits(ctx, node)]


def _fits(ctx: Context, node: Node) -> bool:
    spec = ctx.target.template.spec
    wanted = spec.node_selector.items() <= node.metadata.labels.items()
    barred = any(each.effect in BARRING and not tolerated(each, spec.tolerations) for each in node.spec.taints)
    return wanted and not barred and not node.spec.unschedulable


def apart(ctx: Context) -> tuple[AffinityTerm, ...]:
    """The rules by which the worker's pods must not share a node, zone or the like with each other."""
    affinity, labels = ctx.target.template.spec.affinity, ctx.target.template.metadata.labels
    rules = affinity.pod_anti_affinity.required if affinity and affinity.pod_anti_affinity else ()
    return tuple(each for each in rules if selects(each.label_selector, labels))


def domains(nodes: Iterable[Node], key: str) -> set[str]:
    """The different nodes, zones or the like that nodes are in, by the label that says so."""
    return {node.metadata.labels[key] for node in nodes if key in node.metadata.labels}
