"""Are the nodes healthy, those of the pods and those of their dependencies? A silent kubelet is Unknown, not False."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.node_fit import is_selected
from diagnose.domain.kubernetes.pods import counted, pods_of, subjects
from diagnose.domain.network.dns import dns_host
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Condition, EndpointSlice, Node, Pod, Service
from diagnose.resources.selectors import selects, to_text
from diagnose.target.ownership import owner_by_labels
from diagnose.target.service_names import service_of
from diagnose.target.survey_plan import vault_endpoint
from diagnose.text.sentences import joined, truncate

NOT_READY = Code(
    id="workload.node-not-ready",
    meaning="The node is NotReady: its kubelet reports so, or does not report any more; pods on it are lost or "
    "disconnected, those of the worker or those of its dependencies.",
    fix="Repair the node, or delete it so that its pods are created on another one.",
    transient=True,
)
PRESSURE = Code(
    id="workload.node-pressure",
    meaning="A node is short of memory, disk or process ids; it accepts no new pods and evicts some of its pods.",
    fix="Free the resource that the node is short of.",
    transient=True,
    template=("scheduling",),
)
PRESSURES = {"MemoryPressure": "memory", "DiskPressure": "disk space", "PIDPressure": "process ids"}
OWN_TAINT = "node.kubernetes.io/"


class UnhealthyNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node with the condition that reports the problem, the target's affected pods, and others lost with it."""

    node: Node
    condition: Condition
    pods: list[Pod]
    others: tuple[Pod, ...] = ()


def problem_of(condition: Condition) -> tuple[Code, str] | None:
    """Returns the problem that a condition of a node reports, with a description that follows the node's name."""
    if condition.type == "Ready" and condition.status != "True":
        silent = condition.status == "Unknown"
        return NOT_READY, "is NotReady and no longer reports" if silent else "reports that it is NotReady"
    if condition.type in PRESSURES and condition.status == "True":
        return PRESSURE, f"is short of {PRESSURES[condition.type]}"
    return None


def is_lost(node: Node) -> bool:
    """Whether a node is not ready."""
    return any(each.type == "Ready" and each.status != "True" for each in node.status.conditions)


def needed_on(ctx: Context, node: Node) -> tuple[Pod, ...]:
    """Returns pods on a node without which a Service that the worker needs has no ready pod."""
    target = ctx.target
    vault = vault_endpoint(target.vault.address) if target.vault.used else None
    hosts = [dns_host(ctx), *(each.host for each in (target.database, target.temporal) if each), *(vault or ())[:1]]
    found: dict[str, Pod] = {}
    for host in hosts:
        named = service_of(str(host), target)
        pods = _backends(ctx, *named) if named else []
        if pods and not any(pod.ready for pod in pods):
            found |= {pod.name: pod for pod in pods if pod.spec.node_name == node.name}
    return tuple(found.values())


def _backends(ctx: Context, namespace: str, name: str) -> list[Pod]:
    listed = ctx.detail(lambda: ctx.list(Service, namespace)) or ()
    services = [each for each in listed if each.name == name]
    pods = ctx.detail(lambda: ctx.list(Pod, namespace)) or () if services else ()
    return [pod for pod in pods for each in services if selects(each.spec.selector, pod.metadata.labels)]


def _deleted(ctx: Context, code: Code, nodes: list[UnhealthyNode]) -> tuple[Step, ...]:
    """Returns the steps that start a silent node again, or give it up, where it is the only one that is lost."""
    silent = code is NOT_READY and all(each.condition.status == "Unknown" for each in nodes)
    if not silent or len(nodes) > 1 or all(is_lost(each) for each in ctx.list(Node)):
        return ()
    node, pods = nodes[0].node, {pod.name: pod for pod in (*nodes[0].pods, *nodes[0].others)}
    machine = f"machine {node.address}" if node.address else "its machine"
    tied = [
        f"{pod.name} (claim {each.persistent_volume_claim.claim_name})"
        for pod in pods.values()
        for each in pod.spec.volumes
        if each.persistent_volume_claim
    ]
    only = f"; {joined(tied)} only where {'its' if len(tied) == 1 else 'their'} volume can be attached" if tied else ""
    text = f"If it does not come back, delete the node: its pods start elsewhere{only}."
    start = Step(f"Start {machine} again, or the kubelet on it.")
    return start, Step(text, kubectl.delete("node", node.name), changes=f"node {node.name}")


def finding(ctx: Context, code: Code, problem: str, nodes: list[UnhealthyNode]) -> Finding:
    """Returns the finding about one or more nodes with the same problem."""
    names = tuple(each.node.name for each in nodes)
    pods = tuple(dict.fromkeys(pod.name for each in nodes for pod in each.pods))
    others = tuple(pod for each in nodes for pod in each.others)
    describe = kubectl.describe("node", *names)
    seen = tuple(
        ctx.record_evidence(
            f"node {each.node.name}",
            truncate(f"{each.condition.type}={each.condition.status}: {each.condition.message}", 300),
            command=describe,
        )
        for each in nodes
    )
    critical = code is NOT_READY or any(not pod.ready for each in nodes for pod in each.pods)
    which = f"Node {names[0]}" if len(names) == 1 else f"Each of the nodes {', '.join(names)}"
    steps = _deleted(ctx, code, nodes)
    if steps:
        code = replace(code, fix=steps[0].text)
    return code.finding(
        f"{which} {problem}, so {_follows(ctx, code, nodes)}.",
        *steps,
        Step("Read the node's conditions.", describe),
        # A dependency that lost its pods affects all pods of the worker.
        pods=() if others else pods,
        subjects=(*(f"node/{name}" for name in names), *subjects(pods)),
        evidence=seen,
        severity=Severity.CRITICAL if critical else Severity.WARNING,
    )


def _follows(ctx: Context, code: Code, nodes: list[UnhealthyNode]) -> str:
    pods = list({pod.name: pod for each in nodes for pod in each.pods}.values())
    if code is PRESSURE:
        return " and ".join(_under_pressure(ctx, nodes, pods))
    lost = [f"{counted([each.name for each in pods])} there {'does' if len(pods) == 1 else 'do'} not run"]
    # By the names of their owners, which a person knows, and which are short.
    others = {owner_by_labels(pod.metadata)[1] for each in nodes for pod in each.others}
    if others:
        lost.append(f"{joined(sorted(others))} {'is' if len(others) == 1 else 'are'} down")
    return " and ".join(lost[not pods :])


def _under_pressure(ctx: Context, nodes: list[UnhealthyNode], pods: list[Pod]) -> Iterator[str]:
    """Yields what follows for the pods that wait for the nodes, and for those that are there."""
    pending = [each for each in pods if not each.spec.node_name]
    placed = [each.name for each in pods if each.spec.node_name]
    if pending:
        names, selector = {each.node.name for each in nodes}, pending[0].spec.node_selector
        others = [each for each in ctx.list(Node) if each.name not in names and is_selected(pending[0].spec, each)]
        ties = f", which nodeSelector {to_text(selector)} ties to it," if selector and not others else ""
        who = counted([each.name for each in pending])
        yield f"{who}{ties} {'is' if len(pending) == 1 else 'are'} Pending"
    if placed:
        yield f"{counted(placed)} may be evicted"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the pods' nodes that are NotReady or short of a resource, and others whose taint keeps a pod Pending."""
    pods_of(ctx)
    excluded = [pod for pod in ctx.target.pods if not pod.spec.node_name and _names_taint(pod)]
    unhealthy: dict[tuple[Code, str], list[UnhealthyNode]] = {}
    for node in ctx.list(Node):
        affected = [pod for pod in ctx.target.pods if pod.spec.node_name == node.name]
        if any(taint.key.startswith(OWN_TAINT) and not node.spec.unschedulable for taint in node.spec.taints):
            affected += [pod for pod in excluded if is_selected(pod.spec, node)]
        others = needed_on(ctx, node) if is_lost(node) else ()
        for condition in node.status.conditions if affected or others else ():
            if kind := problem_of(condition):
                unhealthy.setdefault(kind, []).append(
                    UnhealthyNode(node=node, condition=condition, pods=affected, others=others)
                )
    for (code, problem), nodes in unhealthy.items():
        yield finding(ctx, code, problem, nodes)


def _names_taint(pod: Pod) -> bool:
    """Whether the scheduler reports that a taint excludes some node for the pod."""
    found = pod.condition("PodScheduled")
    return found is not None and found.status == "False" and "taint" in found.message


NODE_HEALTHY = Check(
    id="workload.node-healthy",
    title="The nodes of the pods are ready",
    stage=stages.NODE,
    run=run,
    codes=(NOT_READY, PRESSURE),
    occasions=PREREQUISITES,
    reads=(
        *lists(Scope.CLUSTER, Node),
        *optional(lists(Scope.SYSTEM, EndpointSlice)),
        *optional(*(lists(each, Pod, Service) for each in (Scope.SYSTEM, Scope.VAULT, Scope.TEMPORAL, Scope.DATABASE))),
    ),
)
