"""The nodes on which the worker's pods may be scheduled, by labels and taints; free resources do not count."""

from collections.abc import Iterable

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.model.report import Step
from diagnose.resources import AffinityTerm, Node, NodeTerm, PodSpec, Taint, Toleration
from diagnose.resources.selectors import selects

BLOCKING_EFFECTS = {"NoSchedule", "NoExecute"}


def list_labels() -> Step:
    """Returns the step that lists the labels of nodes."""
    return Step("List the nodes' labels.", kubectl.get("nodes", flags=("--show-labels",)))


def tolerated(taint: Taint, tolerations: Iterable[Toleration]) -> bool:
    """Whether one of the tolerations matches the taint."""
    return any(
        each.effect in {"", taint.effect}
        and each.key in {"", taint.key}
        and (each.operator == "Exists" or (each.key == taint.key and each.value == taint.value))
        for each in tolerations
    )


def schedulable_nodes(ctx: Context) -> list[Node]:
    """Returns the nodes on which a pod of the template may be scheduled.

    Raises:
        NoAnswerError: nodes may not be listed.
    """
    return [node for node in ctx.list(Node) if _is_schedulable(ctx, node)]


def is_selected(spec: PodSpec, node: Node) -> bool:
    """Whether a node has the labels that a pod's nodeSelector and required node affinity name."""
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required if affinity else None
    by_affinity = required is None or any(holds(term, node) for term in required.node_selector_terms)
    return by_affinity and spec.node_selector.items() <= node.metadata.labels.items()


def holds(term: NodeTerm, node: Node) -> bool:
    """Whether a node fulfils a term."""
    fields = {"metadata.name": node.name}
    results = [
        *(rule.holds(node.metadata.labels) for rule in term.match_expressions),
        *(rule.holds(fields) for rule in term.match_fields),
    ]
    return bool(results) and all(results)


def _is_schedulable(ctx: Context, node: Node) -> bool:
    spec = ctx.target.template.spec
    is_tainted = any(
        each.effect in BLOCKING_EFFECTS and not tolerated(each, spec.tolerations) for each in node.spec.taints
    )
    return is_selected(spec, node) and not is_tainted and not node.spec.unschedulable


def anti_affinity_terms(ctx: Context) -> tuple[AffinityTerm, ...]:
    """Returns the required anti-affinity terms of the worker's pods against each other."""
    affinity, labels = ctx.target.template.spec.affinity, ctx.target.template.metadata.labels
    rules = affinity.pod_anti_affinity.required if affinity and affinity.pod_anti_affinity else ()
    return tuple(each for each in rules if selects(each.label_selector, labels))


def domains(nodes: Iterable[Node], key: str) -> set[str]:
    """Returns the topology domains of nodes, by the label of that key."""
    return {node.metadata.labels[key] for node in nodes if key in node.metadata.labels}
