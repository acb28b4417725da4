"""Are the nodes of the pods well? A node whose kubelet is silent is Unknown, not False."""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Severity, Step
from diagnose.pods import subjects
from diagnose.probes.objects import Condition, Pod
from diagnose.probes.surroundings import Node

NOT_READY = Code(
    id="workload.node-not-ready",
    meaning="The node's kubelet says that it is not ready, or says nothing any more; pods on it are lost or cut off.",
    fix="Repair the node, or delete it so that its pods are made elsewhere.",
)
PRESSURE = Code(
    id="workload.node-pressure",
    meaning="A node is short of memory, disk or process ids; it takes no new pods and evicts some that it has.",
    fix="Free what the node is short of.",
)
PRESSURES = {"MemoryPressure": "memory", "DiskPressure": "disk space", "PIDPressure": "process ids"}
OWN_TAINT = "node.kubernetes.io/"


def ask(ctx: Context) -> Iterator[Finding]:
    """Nodes of the pods that are not ready or short of something; others where a pod finds no place because of them."""
    if not ctx.target.pods:
        raise NotApplicableError("there are no pods")
    kept_off = [pod for pod in ctx.target.pods if not pod.spec.node_name and _names_taint(pod)]
    for node in ctx.list(Node):
        affected = [pod for pod in ctx.target.pods if pod.spec.node_name == node.name]
        if any(taint.key.startswith(OWN_TAINT) and not node.spec.unschedulable for taint in node.spec.taints):
            affected += kept_off
        if not affected:
            continue
        for condition in node.status.conditions:
            if condition.type == "Ready" and condition.status != "True":
                yield _finding(ctx, NOT_READY, node, condition, affected)
            elif condition.type in PRESSURES and condition.status == "True":
                yield _finding(ctx, PRESSURE, node, condition, affected)


def _names_taint(pod: Pod) -> bool:
    """Whether the scheduler says of the pod that a taint keeps it off some node."""
    found = pod.condition("PodScheduled")
    return found is not None and found.status == "False" and "taint" in found.message


def _finding(ctx: Context, code: Code, node: Node, condition: Condition, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    look = f"kubectl describe node {node.name}"
    seen = ctx.saw(f"node {node.name}", f"{condition.type}={condition.status}: {condition.message}"[:300], command=look)
    who = f"pod {names[0]}" if len(names) == 1 else f"{len(names)} pods"
    if code is NOT_READY:
        silent = condition.status == "Unknown"
        words = "no longer reports to the API server" if silent else "says that it is not ready"
        summary = f"Node {node.name} {words}, so {who} cannot work there."
    else:
        summary = f"Node {node.name} is short of {PRESSURES[condition.type]}, which endangers {who}."
    hurt = code is NOT_READY or any(not pod.ready for pod in pods)
    return code.finding(
        summary,
        steps=(Step(text="See what the node says of itself.", command=look),),
        pods=names,
        subjects=(f"node/{node.name}", *subjects(names)),
        evidence=(seen,),
        severity=Severity.CRITICAL if hurt else Severity.WARNING,
    )


NODE_HEALTHY = Check(
    id="workload.node-healthy", title="The nodes of the pods are ready", ask=ask, codes=(NOT_READY, PRESSURE)
)
