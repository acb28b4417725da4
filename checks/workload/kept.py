"""Are pods evicted or do they fail, one after the other? The Deployment replaces them, so there always is a new one.

A failed pod is history once all desired pods are ready. Of several that failed one after the other the next one is
only a matter of time, whatever is ready at the moment.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import EVENTS, OWNER, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.pods import (
    EndReason,
    current_set_of,
    describe_pod,
    end_reason,
    is_starting,
    log_command,
    owner_of,
    subjects,
)
from diagnose.domain.kubernetes.stated_causes import alternatives_of, deciding_steps, fixed_by
from diagnose.logs.reasons import essence
from diagnose.model.report import Alternative, Finding, Severity, Step
from diagnose.resources import Event, Meta, Pod, PodSpec, Terminated
from diagnose.resources.pods import PodStatus
from diagnose.target.ownership import owned_by
from diagnose.text.patterns import lazy
from diagnose.text.sentences import MAX_LENGTH, truncate

STORAGE = Code(
    id="workload.storage-limit-exceeded",
    meaning="A pod writes more to local storage than a volume's size limit, a container's limit or the pod's limits "
    "together allow, so the kubelet evicts it (Evicted), and the next one likewise. The node itself has enough. A "
    "limit of an injected container counts for the whole pod.",
    fix="Raise the limit, or write less.",
)
NODE = Code(
    id="workload.evicted-by-node",
    meaning="The node is or was short of memory, disk or process ids and evicted the pod (Evicted); pods that use more "
    "than they request are evicted first.",
    fix="Free the resource that the node is short of; let the pod request what it uses.",
    transient=True,
)
REJECTED = Code(
    id="workload.rejected-by-node",
    meaning="The kubelet of the chosen node refuses the pod before any of its containers starts: the node has less "
    "than the scheduler assumed, or does not allow what the pod demands, such as a parameter of the kernel (sysctl) or "
    "an AppArmor profile.",
    fix="Remove from the pod template what the node does not allow, or find out what the node lacks.",
    transient=True,
)
ENDED = Code(
    id="workload.pod-failed",
    meaning="A pod has failed for the reason quoted; its controller may create others in its place, which fail too.",
    fix="Fix the cause that the pod's message or the end of its log names.",
    # Its program ran, so what that needs may be the cause.
    stage=stages.RUNNING,
    symptom=True,
    alternatives=(
        Alternative("Its program lacks a setting or a file: its log names it.", "config.variable-missing"),
        Alternative("A server that it needs does not answer: its log names the host.", "network.refused"),
        "Its data or its code is at fault: compare with a run that succeeded.",
    ),
)
CODES = (STORAGE, NODE, REJECTED, ENDED)
RECENT_S = 600.0

_LIMITS = (
    (
        lazy(r'Usage of EmptyDir volume "(?P<name>[^"]+)" exceeds the limit "(?P<limit>[^"]+)"'),
        "fills its volume {name} beyond the limit of {limit}",
    ),
    (
        lazy(r'Container (?P<name>\S+) exceeded its local ephemeral storage limit "(?P<limit>[^"]+)"'),
        "writes more than container {name}'s storage limit of {limit}",
    ),
    (
        lazy(r"ephemeral local storage usage exceeds the total limit of containers (?P<limit>[^\s.]+)"),
        "writes more than its ephemeral storage limit of {limit}{limits}",
    ),
)
REFUSED = "Pod was rejected: "
_DELETED = lazy(r"Found failed daemon pod [\w.-]+/(?P<pod>[\w.-]+) on node (?P<node>[\w.-]+)")
REJECTIONS = ("OutOf", "Node", "Topology", "Unexpected", "PodOS")
_SYSCTL = lazy(r'forbidden sysctl: "(?P<name>[^"]+)"')
_SHORT = lazy(r"low on resource: (?P<what>[\w.-]+)|had condition: \[(?P<condition>\w+)\]")


def classify(ctx: Context, pod: Pod) -> tuple[Code, str, Step]:
    """Returns why a pod failed: code, description that follows the pod's name, and first step."""
    message = pod.status.message
    for pattern, problem in _LIMITS:
        if found := pattern.search(message):
            text = "Raise the limit in the pod template, or write elsewhere."
            edit = Step(text, ctx.owner.edit(), changes="the Deployment")
            return STORAGE, f"is Evicted: it {problem.format(**found.groupdict(), limits=limits(pod))}", edit
    if found := _SHORT.search(message):
        node = pod.spec.node_name
        describe = Step("Read the node's conditions.", kubectl.describe("node", node))
        short = (found["what"] or found["condition"]).rstrip(".")
        return NODE, f"is Evicted: node {node} is short of {short}", describe
    if not message and (ended := _failed(pod)):
        return ENDED, *_of_container(ctx, pod, *ended)
    reason = pod.status.reason or "Failed"
    describe = Step("Read why.", describe_pod(ctx, pod.name))
    text = " ".join(message.split())
    if not _is_rejected(pod):
        return ENDED, f"is {reason}: {truncate(text, 70)}", describe
    if sysctl := _SYSCTL.search(message):
        problem = f"is {reason}: node {pod.spec.node_name} does not allow it to set sysctl {sysctl['name']}"
        return REJECTED, problem, _without_sysctl(ctx, sysctl["name"])
    return REJECTED, f"is {reason}: {truncate(text.removeprefix(REFUSED), 70)}", describe


def _is_rejected(pod: Pod) -> bool:
    """Whether the kubelet refused the pod, whatever for: none of its containers has ever started."""
    status = pod.status
    started = any(each.state.running or each.last_end for each in status.all_container_statuses)
    return not started and (status.message.startswith("Pod ") or status.reason.startswith(REJECTIONS))


def _without_sysctl(ctx: Context, name: str) -> Step:
    left = [each for each in ctx.target.template.spec.security_context.sysctls if each.name != name]
    plain = [{"name": each.name, "value": each.value} for each in left] or None
    return Step(
        "Remove it from the template; or allow it on the nodes (--allowed-unsafe-sysctls of the kubelet).",
        ctx.owner.patch({"spec": {"template": {"spec": {"securityContext": {"sysctls": plain}}}}}),
        changes="the Deployment",
    )


def _failed(pod: Pod) -> tuple[str, Terminated] | None:
    """Returns the container that made the pod fail, and its end: the first one with an error."""
    ends = ((each.name, each.state.terminated) for each in pod.status.all_container_statuses)
    return next(((name, end) for name, end in ends if end and end.exit_code), None)


def _of_container(ctx: Context, pod: Pod, name: str, end: Terminated) -> tuple[str, Step]:
    command = log_command(ctx, pod.name, name)
    message = end_reason(ctx, pod, end, name).text
    problem = f"has failed: its container {name} exited ({exit_codes.describe(end, ctx.target.profile.runtime)})"
    limit = MAX_LENGTH - len(f"Pod {pod.name} {problem}: .")
    follows = f": {essence(message, limit)}" if message else ", with an empty log"
    return f"{problem}{follows}", Step("Read its log.", command)


def _reason_of(ctx: Context, pod: Pod) -> EndReason:
    """Returns the reason in the log of the container that made a pod fail."""
    ended = None if pod.status.message else _failed(pod)
    return end_reason(ctx, pod, ended[1], ended[0]) if ended else EndReason()


def limits(pod: Pod) -> str:
    """Lists, in brackets, the containers' limits of ephemeral storage that make up the pod's."""
    of = {each.name: each.resources.limits.get("ephemeral-storage", "") for each in pod.spec.running_containers}
    given = [f"{name}: {limit}" for name, limit in of.items() if limit]
    return f" ({', '.join(given)})" if given else ""


def run(ctx: Context) -> Iterator[Finding]:
    """Reports pods of the current template that failed recently, while some are missing; or the requested pod."""
    ended = ((pod, *classify(ctx, pod)) for pod in _ended(ctx))
    complete = _is_complete(ctx)
    for (code, problem), found in grouped(((code, problem), (pod, step)) for pod, code, problem, step in ended).items():
        if not complete or _in_turn(ctx, [pod for pod, _ in found]):
            yield _finding(ctx, code, problem, found)


def _in_turn(ctx: Context, pods: list[Pod]) -> bool:
    """Whether the latest of the pods was created after another one had ended; those of one node may end together."""
    latest = max(pod.creation_order[0] for pod in pods)
    earlier = (pod for pod in pods if pod.creation_order[0] < latest)
    return any(_ended_s_ago(ctx, pod) >= ctx.age(latest).total_seconds() for pod in earlier)


def _is_complete(ctx: Context) -> bool:
    """Whether all desired pods are ready, or a Job's next attempt runs."""
    target = ctx.target
    if target.is_single_pod:
        return False
    if target.job:
        return any(pod.status.phase == "Running" for pod in target.pods)
    owner_of(ctx)
    return target.replicas is not None and sum(pod.ready for pod in target.current_pods) >= target.replicas


def _ended(ctx: Context) -> list[Pod]:
    target = ctx.target
    if target.is_single_pod:
        return [pod for pod in target.pods if pod.status.phase == "Failed"]
    # One that was deleted has been killed, however it ended.
    listed = (pod for pod in ctx.list(Pod, target.namespace) if not pod.metadata.deletion_timestamp)
    failed = [pod for pod in listed if pod.status.phase == "Failed"]
    if job := target.job:
        own = [] if job.condition("Complete") else [pod for pod in failed if owned_by(pod.metadata, "Job", job.name)]
        return sorted(own, key=lambda pod: pod.creation_order)
    kind, name = target.owner.kind, target.owner.name
    if kind in {"Deployment", "Rollout"}:
        current = current_set_of(ctx)
        kind, name = "ReplicaSet", current.name if current else ""
    own = [pod for pod in failed if name and owned_by(pod.metadata, kind, name)]
    if kind == "DaemonSet" and not own and not _is_complete(ctx):
        own = list(_deleted(ctx, name))
    return [pod for pod in own if _ended_s_ago(ctx, pod) <= RECENT_S]


def _deleted(ctx: Context, name: str) -> Iterator[Pod]:
    """Yields the failed pods of nodes without any, which a DaemonSet deletes at once, as their events describe them."""
    events = ctx.detail(lambda: ctx.list(Event, ctx.target.namespace)) or ()
    reported = {
        each.involved_object.name: each for each in events if each.involved_object.kind == "Pod" and each.message
    }
    occupied = {pod.spec.node_name for pod in ctx.target.pods}
    for event in sorted(events, key=lambda each: each.order):
        about = event.involved_object
        found = _DELETED.search(event.message) if (about.kind, about.name) == ("DaemonSet", name) else None
        last = reported.get(found["pod"]) if found else None
        if found and last and last.type == "Warning" and found["node"] not in occupied:
            yield Pod(
                metadata=Meta(name=found["pod"], creation_timestamp=event.seen_at),
                spec=PodSpec(node_name=found["node"]),
                status=PodStatus(phase="Failed", reason=last.reason, message=f"{REFUSED}{last.message}"),
            )


def _ended_s_ago(ctx: Context, pod: Pod) -> float:
    """Returns how long ago it failed, by the last change of a condition."""
    changes = [each.last_transition_time for each in pod.status.conditions if each.last_transition_time]
    return ctx.age(max(changes, default=pod.metadata.creation_timestamp)).total_seconds()


def _of(ctx: Context) -> str:
    made_by = {"Deployment": "ReplicaSet", "CronJob": "Job"}.get(ctx.owner.kind, ctx.owner.kind)
    return f" of its {made_by}"


def _finding(ctx: Context, code: Code, problem: str, found: list[tuple[Pod, Step]]) -> Finding:
    pod, step = found[-1]
    names = tuple(each.name for each, _ in found)
    # The pods that replace them have the same problem.
    replacements = tuple(each.name for each in ctx.target.current_pods if not each.ready)
    times = "" if len(found) == 1 else f", like {len(found) - 1} more{_of(ctx)}"
    seen = ctx.record_evidence(
        f"pod {pod.name}, {pod.status.reason or pod.status.phase}",
        truncate(pod.status.message or problem, 300),
        command=kubectl.get("pod", pod.name, namespace=ctx.target.namespace, output="jsonpath={.status.message}"),
    )
    # On a node that has recovered an eviction is history, once the replacements start.
    recovered = all(each.ready or is_starting(ctx, each) for each in ctx.target.current_pods)
    reason = _reason_of(ctx, pod)
    return fixed_by(code, reason.text).finding(
        f"Pod {pod.name} {problem}{times}.",
        step,
        *deciding_steps(ctx, pod, reason.text),
        Step("List the failed pods.", kubectl.get("pods", namespace=ctx.target.namespace)),
        severity=Severity.WARNING if code is NODE and len(found) == 1 and recovered else None,
        pods=replacements or names,
        subjects=subjects(names),
        evidence=(seen, *reason.evidence),
        alternatives=alternatives_of(code, reason.text),
    )


KEPT = Check(
    id="workload.kept",
    title="Pods are not evicted repeatedly",
    stage=stages.SCHEDULING,
    template=(*stages.STARTUP.template, "annotation:vault.hashicorp.com/*"),
    run=run,
    codes=CODES,
    reads=(*OWNER, *lists(Scope.OWN, Pod), *optional(WORKER_LOGS, EVENTS)),
)
