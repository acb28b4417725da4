"""Has every pod a node? The scheduler's message has one clause a reason, with the number of nodes that it excludes.

A pod without a node is Pending. What the scheduler's reasons mean, and their fixes.
"""

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from checks.workload.scheduled import volumes
from checks.workload.scheduled.preemption import PREEMPTED, preemption_of
from checks.workload.scheduled.preemption import steps as preemption_steps
from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.commands.others import grep
from diagnose.domain.kubernetes.node_fit import BLOCKING_EFFECTS, is_selected, list_labels, tolerated
from diagnose.domain.kubernetes.pods import age_s, describe_pod, pods_of
from diagnose.model.report import Finding, Step
from diagnose.queries.kubernetes_messages import Clause, scheduling
from diagnose.resources import (
    Claim,
    Node,
    PersistentVolume,
    Pod,
    StorageClass,
    Taint,
    Toleration,
    pod_resources,
    quantities,
)
from diagnose.resources.selectors import to_text
from diagnose.text.sentences import MAX_LENGTH, listed, truncate

RESOURCES = Code(
    id="workload.insufficient-resources",
    meaning="No node has as much of a resource left as the pod requests, so the pod stays Pending. Requests count, not "
    "usage; injected containers have requests too.",
    fix="Lower the pod's requests, or add a node.",
    transient=True,
)
TAINT = Code(
    id="workload.untolerated-taint",
    meaning="Nodes have a taint that excludes pods without a toleration for it, so the pod stays Pending.",
    fix="Remove the taint, or add a toleration for it to the pod template.",
)
NOT_READY = Code(
    id="workload.nodes-not-ready",
    meaning="Nodes have a taint of Kubernetes itself: they are NotReady, or short of memory, disk or process ids.",
    fix="Repair the nodes.",
    transient=True,
)
CORDONED = Code(
    id="workload.nodes-cordoned",
    meaning="Nodes are cordoned (SchedulingDisabled), by `kubectl cordon` or `kubectl drain`.",
    fix="Uncordon a node, or add one.",
)
SELECTOR = Code(
    id="workload.node-selector-unmatched",
    meaning="The pod's nodeSelector or required node affinity matches no node.",
    fix="Label a node, or correct the selector.",
)
AFFINITY = Code(
    id="workload.anti-affinity-unsatisfied",
    meaning="The pod's rules about which pods may share a node or zone (anti-affinity, topology spread) exclude every "
    "node.",
    fix="Relax the rule, lower the number of replicas, or add a node.",
    transient=True,
)
PORT = Code(
    id="workload.host-port-taken",
    meaning="The pod requires a port of its node (hostPort), which other pods occupy on all nodes.",
    fix="Remove hostPort and use a Service, or free the port.",
    transient=True,
)
OTHER = Code(
    id="workload.unschedulable",
    meaning="The scheduler finds no node for the pod, for the reason quoted.",
    fix="Fix the cause that the scheduler's message names.",
    transient=True,
)
SILENT = Code(
    id="workload.scheduler-silent",
    meaning="A pod has been Pending for a minute, and the scheduler has not reported anything about it.",
    fix="Find out whether the scheduler that the pod names runs.",
    transient=True,
)
GATED = Code(
    id="workload.scheduling-gated",
    meaning="The pod has a scheduling gate, which a controller must remove before the scheduler considers it.",
    fix="Repair the controller that owns the gate.",
    transient=True,
)
NO_NODE = Code(
    id="workload.node-not-found",
    meaning="The pods are bound to a node that does not exist (nodeName), past the scheduler: no kubelet starts them, "
    "and nothing reports that; the garbage collector deletes them after a while, and their controller makes new ones.",
    fix="Remove nodeName from the pod template, or use a nodeSelector.",
)
CODES = (
    *(NO_NODE, PREEMPTED, RESOURCES, TAINT, NOT_READY, CORDONED, SELECTOR, AFFINITY, PORT),
    *(volumes.UNBOUND, volumes.ELSEWHERE, volumes.IN_USE, OTHER, SILENT, GATED),
)
SYSTEM_TAINT = "node.kubernetes.io/"
PATIENCE_S = 60.0
# A node that has just been added may be later in the list than its first pod.
BINDING_S = 10.0
SINGULAR = {"are": "is", "have": "has", "do": "does", "lack": "lacks", "accept": "accepts"}

Reason = tuple[Code, str, Step]


def classify(ctx: Context, pod: Pod, clause: Clause) -> Reason:
    """Returns a reason as code, description that follows the nodes, and first step."""
    for pattern, describe in _REASONS:
        if found := re.search(pattern, clause.text):
            return describe(ctx, pod, found)
    step = Step("Read the scheduler's message.", describe_pod(ctx, pod.name))
    return OTHER, f"are excluded: {truncate(clause.text, 80)}", step


def _known_nodes(ctx: Context) -> tuple[Node, ...]:
    return ctx.detail(lambda: ctx.list(Node)) or ()


def _eligible_nodes(ctx: Context, pod: Pod) -> tuple[Node, ...]:
    """Returns the nodes that the labels do not exclude for the pod; a change of others would not help it."""
    return tuple(node for node in _known_nodes(ctx) if is_selected(pod.spec, node))


def requested(pod: Pod, resource: str) -> str:
    """Returns what the scheduler takes for the pod's request of a resource, "" where there is none."""
    amount = pod_resources.requests(pod.spec).get(resource)
    if not amount:
        return ""
    return quantities.to_text(amount, like="1Mi") if resource == "memory" else f"{float(amount):g}"


def _full(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:  # noqa: ARG001 - same shape for all
    return RESOURCES, "accept no further pod", Step("Read how many pods they run.", kubectl.describe("nodes"))


def _resources(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:
    resource = found["resource"]
    amount = requested(pod, resource)
    of_pod = f" (the pod requests {amount})" if amount else ""
    if resource == "pods":
        return (RESOURCES, "accept no further pod", Step("Read how many pods they run.", kubectl.describe("nodes")))
    worker = ctx.target.worker_container(pod)
    step = Step(
        f"Request less {resource}, at most what `kubectl describe nodes` shows as free.",
        ctx.owner.set_resources(worker.name, f"--requests={resource}=NEW_VALUE"),
        changes="the Deployment",
    )
    return RESOURCES, f"have {'too little free' if _is_offered(ctx, resource) else 'no'} {resource}{of_pod}", step


def _is_offered(ctx: Context, resource: str) -> bool:
    """Whether a node has any of a resource, as far as the nodes are known; a device plugin may be missing."""
    known = [node.status.allocatable for node in _known_nodes(ctx) if node.status.allocatable]
    return not known or any(each.get(resource, "0") != "0" for each in known)


def _taint(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:
    named = found.groupdict().get("key") or ""
    nodes = _eligible_nodes(ctx, pod)
    hits = [(node, taint) for node in nodes for taint in node.spec.taints if _repels(pod, taint, named)]
    system = [each for each in hits if each[1].key.startswith(SYSTEM_TAINT)]
    if named.startswith(SYSTEM_TAINT) or (not named and hits and len(system) == len(hits)):
        keys = {taint.key for _, taint in system} or {named}
        step = Step("Read the nodes' conditions.", kubectl.describe("nodes"))
        conditions = ", ".join(key.removeprefix(SYSTEM_TAINT) for key in sorted(keys))
        return NOT_READY, f"have condition {conditions}", step
    own = [each for each in hits if each not in system]
    taints = tuple(dict.fromkeys(taint for _, taint in own))
    if not taints:
        show = kubectl.get("nodes", output="custom-columns=NAME:.metadata.name,TAINTS:.spec.taints")
        listed = found[0].partition("taint")[2].strip()
        return TAINT, f"have the taint {listed}, which the pod does not tolerate", Step("List the taints.", show)
    listed = ", ".join(f"{taint.key}={taint.value}:{taint.effect}" for taint in taints)
    removals = [f"{taint.key}:{taint.effect}-" for taint in taints]
    names = tuple(dict.fromkeys(node.name for node, _ in own))
    step = Step(
        "Remove the taint, if it is not intended for this workload; else add a toleration to the template.",
        kubectl.taint(names, *removals),
        changes=f"nodes {' '.join(names)}",
    )
    return TAINT, f"have the taint {listed}, which the pod does not tolerate", step


def _repels(pod: Pod, taint: Taint, named: str) -> bool:
    if taint.effect not in BLOCKING_EFFECTS or (named and taint.key != named):
        return False
    return not tolerated(taint, pod.spec.tolerations)


def toleration(ctx: Context, pod: Pod) -> Step | None:
    """Returns the narrow fix of a taint: a toleration."""
    taints = [taint for node in _eligible_nodes(ctx, pod) for taint in node.spec.taints if _repels(pod, taint, "")]
    new = [
        Toleration(key=each.key, value=each.value, effect=each.effect)
        for each in dict.fromkeys(taints)
        if not each.key.startswith(SYSTEM_TAINT)
    ]
    if not new:
        return None
    plain = [
        {name: value for name in ("key", "operator", "value", "effect") if (value := getattr(each, name))}
        for each in (*ctx.target.template.spec.tolerations, *new)
    ]
    return Step(
        "Tolerate the taint; it still keeps out the pods of other workloads.",
        ctx.owner.patch({"spec": {"template": {"spec": {"tolerations": plain}}}}),
        changes="the Deployment",
    )


def _cordoned(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:  # noqa: ARG001 - same shape for all
    names = [node.name for node in _eligible_nodes(ctx, pod) if node.spec.unschedulable]
    shown = " ".join(names)
    step = Step(
        "Uncordon it, if the maintenance is over.",
        kubectl.uncordon(*(names or ["NODE"])),
        changes=f"nodes {shown}" if names else "the node",
    )
    return CORDONED, f"are cordoned{f' ({shown})' if names else ''}", step


def _selector(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:  # noqa: ARG001
    selector = to_text(pod.spec.node_selector)
    rule = f"nodeSelector {selector}" if selector else "the node affinity"
    return SELECTOR, f"do not match {rule}", list_labels()


def _together(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:
    """Describes the rules about which pods may share a node or zone."""
    step = Step("List the pods with their nodes.", kubectl.get("pods", namespace=ctx.target.namespace, output="wide"))
    keys = ", ".join(each.topology_key for each in pod.spec.topology_spread_constraints)
    spread = f" over {keys}" if keys and "spread" in found[0] else ""
    if "missing required label" in found.string:
        return AFFINITY, f"lack the label of its topology spread{spread}", list_labels()
    return AFFINITY, f"are excluded by its {found[0]} rules{spread}", step


def _host_port(ctx: Context, pod: Pod, found: re.Match[str]) -> Reason:  # noqa: ARG001
    ports = ", ".join(
        str(port.host_port) for each in pod.spec.running_containers for port in each.ports if port.host_port
    )
    find = kubectl.get("pods", everywhere=True, output="json").pipe(grep("hostPort", "-n"))
    step = Step("List the pods with host ports.", find)
    return PORT, f"have no free host port {ports}", step


_REASONS: tuple[tuple[str, Callable[[Context, Pod, re.Match[str]], Reason]], ...] = (
    (r"Insufficient pods(?![\w./-])|Too many pods", _full),
    (r"Insufficient (?P<resource>[\w./-]+)", _resources),
    (r"untolerated taint(?:\(s\))?(?: \{(?P<key>[^:}]{1,320}+):[^}]{0,320}\})?", _taint),
    (r"were unschedulable", _cordoned),
    (r"didn't match Pod's node affinity|node selector", _selector),
    (r"anti-affinity|pod affinity|topology spread", _together),
    (r"free ports", _host_port),
    (
        r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim .* (?:not found|is being deleted)|"
        r"volume node affinity conflict|available persistent volumes|available (?:disk|volume zone)|PersistentVolume",
        volumes.describe,
    ),
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each message of the scheduler, with all pods that have it, and for a node that is gone."""
    unnoticed = list(_on_no_node(ctx))
    yield from unnoticed
    grouped: dict[str, list[Pod]] = {}
    for pod in () if unnoticed and not ctx.target.pods else pods_of(ctx):
        condition = pod.condition("PodScheduled")
        if condition is not None and condition.status == "False":
            grouped.setdefault(condition.message, []).append(pod)
        elif not pod.spec.node_name and condition is None and age_s(ctx, pod) > PATIENCE_S:
            grouped.setdefault("", []).append(pod)
    for message, pods in grouped.items():
        yield _finding(ctx, message, pods)


def _on_no_node(ctx: Context) -> Iterator[Finding]:
    """Yields the findings about pods that no kubelet has noticed, as their node does not exist."""
    by_template = ctx.target.template.spec.node_name
    unnoticed = [
        pod
        for pod in ctx.target.pods
        if pod.spec.node_name and pod.status.start_time is None and age_s(ctx, pod) > BINDING_S
    ]
    # Between two of them there may be none: those that wait are deleted.
    bound: dict[str, list[Pod]] = {by_template: []} if by_template and not ctx.target.current_pods else {}
    for pod in unnoticed:
        bound.setdefault(pod.spec.node_name, []).append(pod)
    nodes = ctx.attempt(lambda: ctx.list(Node)) if bound else ()
    known = {each.name for each in nodes or ()}
    for name, pods in bound.items():
        if known and name not in known:
            yield _gone(ctx, name, tuple(pod.name for pod in pods), sorted(known))


def _gone(ctx: Context, node: str, pods: tuple[str, ...], known: list[str]) -> Finding:
    by_template = ctx.target.template.spec.node_name == node
    seen = ctx.record_evidence(
        f"pod {pods[0]}" if pods else f"{ctx.owner.resource} {ctx.owner.name}, template",
        f"nodeName: {node}; the nodes are {listed(known, 6)}",
        command=kubectl.get("nodes"),
    )
    remove = Step(
        "Remove it, so that the scheduler chooses a node.",
        ctx.owner.patch({"spec": {"template": {"spec": {"nodeName": None}}}}),
        changes="the Deployment",
    )
    delete = kubectl.delete("pod", *pods, namespace=ctx.target.namespace, grace_s=0)
    again = Step("Delete what is bound to it, so that it is created anew.", delete, changes=f"pods {' '.join(pods)}")
    many = f"{len(pods)} pods are" if pods else f"The pods of {ctx.owner.name} are"
    who = f"Pod {pods[0]} is" if len(pods) == 1 else many
    why = "which the pod template names and which does not exist" if by_template else "which does not exist any more"
    return NO_NODE.finding(
        f"{who} bound to node {node}, {why}, so that nothing starts {'it' if len(pods) == 1 else 'them'}.",
        remove if by_template else again,
        Step("List the nodes.", kubectl.get("nodes")),
        pods=pods,
        subjects=(f"node/{node}", *(f"pod/{name}" for name in pods)),
        evidence=(seen,),
    )


def _finding(ctx: Context, message: str, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    second = Step("Read the scheduler's events.", describe_pod(ctx, names[0]))
    who = f"Pod {names[0]} is Pending" if len(names) == 1 else f"{len(names)} pods are Pending"
    seen = ctx.record_evidence(
        f"pod {names[0]}, condition PodScheduled", truncate(message, 400), command=second.command
    )
    clauses = scheduling(message)
    if not clauses or "scheduling is blocked" in message.lower() or "gate" in message.lower():
        code = GATED if clauses else SILENT
        scheduler = pods[0].spec.scheduler_name
        why = "it has a scheduling gate" if clauses else f"its scheduler {scheduler} has not reported anything about it"
        return code.finding(f"{who}: {why}.", second, pods=names, evidence=(seen,))
    reasons = [(each, *classify(ctx, pods[0], each)) for each in clauses]
    if len(reasons) > 1:
        # The nodes that its volume is for are excluded by what the others say.
        reasons.sort(key=lambda each: each[1] is volumes.ELSEWHERE)
    code = reasons[0][1]
    if code is RESOURCES and (preemption := preemption_of(ctx, pods)):
        steps = preemption_steps(ctx, preemption)
        reported = ctx.record_evidence(
            f"event Preempted of pod {preemption.event.involved_object.name}", preemption.event.message
        )
        text = f"{who}: {preemption.text}."
        return PREEMPTED.finding(text, *steps, pods=names, evidence=(reported, seen))
    texts = [_of_nodes(each.count, text) for each, _, text, _ in reasons]
    first = reasons[0][3]
    if code is TAINT and (narrow := toleration(ctx, pods[0])):
        first, second = narrow, replace(first, text="Or remove the taint, which lets in every pod.")
    summary = f"{who}: {'; '.join(texts)}."
    # The primary reason comes first, so the omitted ones exclude the fewest nodes.
    if len(summary) > MAX_LENGTH and len(texts) > 1:
        summary = f"{who}: {texts[0]}, and {len(texts) - 1} more reasons."
    if len(summary) > MAX_LENGTH:
        summary = f"A pod is Pending: {texts[0]}."
    claims = volumes.unbound_evidence(ctx, pods[0]) if code is volumes.UNBOUND else ()
    return code.finding(summary, first, second, pods=names, evidence=(*claims, seen))


def _of_nodes(count: int, text: str) -> str:
    """Returns a description with its subject, so many nodes; the verb comes first and is a plural."""
    verb, _, rest = text.partition(" ")
    return f"1 node {SINGULAR.get(verb, verb)} {rest}" if count == 1 else f"{count or 'the'} nodes {text}"


SCHEDULED = Check(
    id="workload.scheduled",
    title="Every pod has a node",
    stage=stages.SCHEDULING,
    run=run,
    codes=CODES,
    reads=optional(EVENTS, lists(Scope.OWN, Claim, Pod), lists(Scope.CLUSTER, Node, PersistentVolume, StorageClass)),
)
