"""What ended pods say of why they ended, how it is said, and how it is mended."""

import re

from diagnose.check.api import Code, Context
from diagnose.domain.kubernetes import exit_codes
from diagnose.domain.kubernetes.pods import last_words, log_command
from diagnose.model.report import Step
from diagnose.resources import Pod, Terminated
from diagnose.text.sentences import cut

STORAGE = Code(
    id="workload.storage-limit-exceeded",
    meaning="A pod writes more to local storage than a volume's size limit, a container's limit or the pod's limits "
    "together allow, so the kubelet evicts it, and the next one likewise. The node itself is not short of anything. A "
    "limit of an injected container counts for the whole pod.",
    fix="Raise the limit, or write less.",
)
NODE = Code(
    id="workload.evicted-by-node",
    meaning="The node is or was short of memory, disk or process ids and evicted the pod; pods that use more than they "
    "request go first.",
    fix="Free what the node is short of; let the pod request what it uses.",
    heals=True,
)
REJECTED = Code(
    id="workload.rejected-by-node",
    meaning="The kubelet of the node that the scheduler chose refuses the pod, because the node has changed meanwhile.",
    fix="See what the node lacks.",
    heals=True,
)
ENDED = Code(
    id="workload.pod-failed",
    meaning="A pod has ended for good, for the reason quoted; who made it may make others in its place, which end too.",
    fix="Remove the reason that the pod's message or the end of its log gives.",
)
CODES = (STORAGE, NODE, REJECTED, ENDED)

_VOLUME = re.compile(r'Usage of EmptyDir volume "(?P<name>[^"]+)" exceeds the limit "(?P<limit>[^"]+)"')
_CONTAINER = re.compile(r'Container (?P<name>\S+) exceeded its local ephemeral storage limit "(?P<limit>[^"]+)"')
_POD = re.compile(r"ephemeral local storage usage exceeds the total limit of containers (?P<limit>[^\s.]+)")
_SHORT = re.compile(r"low on resource: (?P<what>[\w.-]+)|had condition: \[(?P<condition>\w+)\]")


def told(ctx: Context, pod: Pod) -> tuple[Code, str, Step]:
    """Why a pod ended, as code, words that follow the pods, and first step."""
    message, namespace = pod.status.message, ctx.target.namespace
    edit = Step(
        text="Raise the limit in the pod template, or write elsewhere.",
        command=f"kubectl -n {namespace} edit deployment {ctx.names['workload']}",
        changes="the Deployment",
    )
    if found := _VOLUME.search(message):
        return STORAGE, f"fills its volume {found['name']} beyond the limit of {found['limit']}", edit
    if found := _CONTAINER.search(message):
        return STORAGE, f"writes more than container {found['name']}'s storage limit of {found['limit']}", edit
    if found := _POD.search(message):
        lent = limits(pod)
        return STORAGE, f"writes more than its ephemeral storage limit of {found['limit']}{lent}", edit
    if found := _SHORT.search(message):
        node = pod.spec.node_name
        look = Step(text="See what the node says of itself.", command=f"kubectl describe node {node}")
        short = (found["what"] or found["condition"]).rstrip(".")
        return NODE, f"was evicted from node {node}, which is short of {short}", look
    if not message and (ended := _failed(pod)):
        return ENDED, *_of_container(ctx, pod, *ended)
    reason = pod.status.reason or "Failed"
    look = Step(text="Read why.", command=f"kubectl -n {namespace} describe pod {pod.name}")
    code = REJECTED if reason.startswith(("OutOf", "Node", "Topology", "Unexpected")) else ENDED
    return code, f"has ended for good ({reason}: {cut(' '.join(message.split()), 70)})", look


def _failed(pod: Pod) -> tuple[str, Terminated] | None:
    """The container that made the pod fail, and how it ended: the first one of those that did not end well."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    ends = ((each.name, each.state.terminated) for each in statuses)
    return next(((name, end) for name, end in ends if end and end.exit_code), None)


def _of_container(ctx: Context, pod: Pod, name: str, end: Terminated) -> tuple[str, Step]:
    command = log_command(ctx, pod.name, name)
    said = last_words(ctx, pod, end, name)
    words = f"has failed: its container {name} ended with {exit_codes.words(end, ctx.target.profile.runtime)}"
    room = 160 - len(f"Pod {pod.name} {words}: .")
    told = f": {cut(said, room)}" if said else ", without a word"
    return f"{words}{told}", Step(text="Read its log.", command=command)


def limits(pod: Pod) -> str:
    """Whose limits of ephemeral storage make up the pod's, as words in brackets."""
    of = {each.name: each.resources.limits.get("ephemeral-storage", "") for each in pod.spec.containers}
    given = [f"{name}: {limit}" for name, limit in of.items() if limit]
    return f" ({', '.join(given)})" if given else ""
