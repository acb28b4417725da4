"""Is an image pulled that the node has? Then a start depends on the pull only by the pull policy.

The policy is Always, perhaps by the tag latest; with IfNotPresent the kubelet would start what is there. Where the
registry had the image under the same policy before, the pull itself is what broke, which another check reports.
"""

from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, grouped
from diagnose.check.reads import EVENTS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.images import NOT_FOUND, event_of, names_on, problem_of
from diagnose.domain.kubernetes.pods import PULL_REASONS, describe_pod, event_evidence, pods_of
from diagnose.domain.kubernetes.probes import patch
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.queries.kubernetes_messages import PullProblem
from diagnose.resources import Container, Node, Pod, image_reference
from diagnose.text.sentences import fit

ALWAYS, IF_NOT_PRESENT = "Always", "IfNotPresent"
POLICY = Code(
    id="workload.image-pull-policy",
    meaning="The pull of an image fails, and the node has the very image: the pull policy (Always, perhaps by the tag "
    "latest) is what makes the node pull it.",
    fix="Set imagePullPolicy to IfNotPresent, or push the image to the registry.",
)
PAIR = Contradiction(
    fact="the node has the image",
    opposed="its pull fails there",
    proves="the pull policy makes the node pull what it has",
    otherwise=(
        Alternative(
            "The registry had the image and has lost it, or the login has expired: query it with a valid one.",
            NOT_FOUND.id,
        ),
    ),
)
# What these say is not about the image, and a pull may follow soon.
PASSING = {PullProblem.INTERRUPTED, PullProblem.INVALID_NAME, PullProblem.NEVER, PullProblem.WRONG_PLATFORM}
# The registry itself is at fault for other images, too, unless the policy is new.
OF_REGISTRY = {PullProblem.UNREACHABLE, PullProblem.UNTRUSTED, PullProblem.FAILING, PullProblem.RATE_LIMITED}


class _Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A container whose pull fails.

    Attributes:
        before: the policy with which other pods of the workload run the same image in this container, "" for none.
    """

    pod: Pod
    container: Container
    problem: PullProblem
    before: str

    @property
    def image(self) -> str:
        return image_reference.parse(self.container.image).full


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each container whose image the node has, with all pods that wait for it."""
    found = grouped(((each.container.name, each.image), each) for each in _failed(ctx))
    for hits in found.values():
        there = [(hit, seen) for hit in hits if (seen := _on_node(ctx, hit))]
        if there:
            yield _finding(ctx, [hit for hit, _ in there], there[0][1])


def _failed(ctx: Context) -> Iterator[_Failed]:
    """Yields the containers whose failed pull only their policy asked for."""
    for pod in pods_of(ctx):
        for status in pod.status.all_container_statuses:
            waiting, container = status.state.waiting, pod.spec.container(status.name)
            if not (waiting and waiting.reason in PULL_REASONS and container and container.image_pull_policy == ALWAYS):
                continue
            problem = problem_of(ctx, pod, waiting.message, container.image)
            before = _policy_before(ctx, container)
            if problem in PASSING or before == ALWAYS or (problem in OF_REGISTRY and not before):
                continue
            yield _Failed(pod=pod, container=container, problem=problem, before=before)


def _policy_before(ctx: Context, container: Container) -> str:
    """Returns the policy with which the image runs in this container of other pods: of several the one that is new."""
    runs = (pod.spec.container(container.name) for pod in ctx.target.pods if _runs(pod, container.name))
    policies = {each.image_pull_policy for each in runs if each and each.image == container.image}
    return next(iter(policies - {ALWAYS}), next(iter(policies), ""))


def _runs(pod: Pod, container: str) -> bool:
    status = pod.container_status(container)
    return status is not None and (status.state.running or status.state.terminated) is not None


def _on_node(ctx: Context, failed: _Failed) -> tuple[Evidence, ...]:
    """Returns what shows that the node has the image: a pod that runs it there, or the node's own list."""
    node = failed.pod.spec.node_name
    same_node = [each for each in ctx.detail(lambda: ctx.list(Pod, ctx.target.namespace)) or () if _is_on(each, node)]
    for pod in same_node:
        for each in pod.spec.containers:
            if image_reference.parse(each.image).full == failed.image and _runs(pod, each.name):
                text = f"runs {each.image} on node {node}, imagePullPolicy {each.image_pull_policy or IF_NOT_PRESENT}"
                return (ctx.record_evidence(f"pod {pod.name}, {each.name}", text, command=describe_pod(ctx, pod.name)),)
    nodes = ctx.detail(lambda: ctx.list(Node)) or ()
    if any(each.name == node and failed.image in names_on(each) for each in nodes):
        show = kubectl.get("node", node, output="jsonpath={.status.images[*].names}")
        return (ctx.record_evidence(f"node {node}", f"has the image {failed.container.image}", command=show),)
    return ()


def _is_on(pod: Pod, node: str) -> bool:
    return bool(node) and pod.spec.node_name == node


def _finding(ctx: Context, hits: list[_Failed], there: tuple[Evidence, ...]) -> Finding:
    failed, names = hits[0], tuple(dict.fromkeys(each.pod.name for each in hits))
    pod, container = failed.pod, failed.container
    event = event_of(ctx, pod, container.image)
    waiting = next(each.state.waiting for each in pod.status.all_container_statuses if each.name == container.name)
    if event:
        pulled = event_evidence(ctx, pod, event)
    else:
        pulled = ctx.record_evidence(f"pod {pod.name}, {container.name}", waiting.message if waiting else "")
    before = f"before, it was {failed.before}" if failed.before else _default(container)
    start = f"imagePullPolicy {ALWAYS} of container {container.name} pulls {container.image}"
    return PAIR.finding(
        POLICY,
        fit(f"{start}, which node {pod.spec.node_name} has", before),
        patch(ctx, "Start what the node has.", container.name, imagePullPolicy=failed.before or IF_NOT_PRESENT),
        Step("Read the kubelet's events.", describe_pod(ctx, pod.name)),
        fact=there,
        opposed=(pulled,),
        pods=names,
        # Without the policy of before, the registry may have had the image.
        is_proven=bool(failed.before),
    )


def _default(container: Container) -> str:
    latest = image_reference.parse(container.image).version == "latest"
    return "the default for the tag latest" if latest else ""


PULL_NEEDED = Check(
    id="workload.pull-needed",
    title="No pull that a node does not need keeps a container from starting",
    stage=stages.PULL_POLICY,
    run=run,
    codes=(POLICY,),
    reads=optional(EVENTS, lists(Scope.OWN, Pod), lists(Scope.CLUSTER, Node)),
    contradiction=PAIR,
)
