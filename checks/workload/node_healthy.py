"""Are the nodes well: those of the pods, and those of what the worker needs? A silent kubelet is Unknown, not False."""

from collections.abc import Iterator

from checks.nodes import NOT_READY, PRESSURE, Sick, finding, is_lost, needed_on, wrong
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.rights import Place, deeper, lists
from diagnose.model.report import Finding
from diagnose.resources import Node, Pod, Service

OWN_TAINT = "node.kubernetes.io/"


def ask(ctx: Context) -> Iterator[Finding]:
    """Nodes of the pods that are not ready or short of something; others where a pod finds no place because of them."""
    if not ctx.target.pods:
        raise NotApplicableError("there are no pods")
    kept_off = [pod for pod in ctx.target.pods if not pod.spec.node_name and _names_taint(pod)]
    sick: dict[tuple[Code, str], list[Sick]] = {}
    for node in ctx.list(Node):
        affected = [pod for pod in ctx.target.pods if pod.spec.node_name == node.name]
        if any(taint.key.startswith(OWN_TAINT) and not node.spec.unschedulable for taint in node.spec.taints):
            affected += kept_off
        others = needed_on(ctx, node) if is_lost(node) else ()
        for condition in node.status.conditions if affected or others else ():
            if kind := wrong(condition):
                sick.setdefault(kind, []).append(Sick(node=node, condition=condition, pods=affected, others=others))
    for (code, words), nodes in sick.items():
        yield finding(ctx, code, words, nodes)


def _names_taint(pod: Pod) -> bool:
    """Whether the scheduler says of the pod that a taint keeps it off some node."""
    found = pod.condition("PodScheduled")
    return found is not None and found.status == "False" and "taint" in found.message


NODE_HEALTHY = Check(
    id="workload.node-healthy",
    title="The nodes of the pods are ready",
    ask=ask,
    codes=(NOT_READY, PRESSURE),
    occasions=PREREQUISITES,
    reads=(
        *lists(Place.CLUSTER, Node),
        *deeper(*(lists(each, Pod, Service) for each in (Place.SYSTEM, Place.VAULT, Place.TEMPORAL, Place.DATABASE))),
    ),
)
