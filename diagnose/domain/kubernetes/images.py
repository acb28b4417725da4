"""Failed pulls of images: their codes, sentences and steps."""

from collections.abc import Iterator

import msgspec

from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import counted, describe_pod, events_about
from diagnose.domain.kubernetes.probes import patch
from diagnose.model.report import Step
from diagnose.queries.kubernetes_messages import PullProblem, pull_problem
from diagnose.resources import Event, Node, Pod, image_reference
from diagnose.text.sentences import MAX_LENGTH, fit

NOT_FOUND = Code(
    id="workload.image-not-found",
    meaning="The registry has no image of that name and tag (ErrImagePull, ImagePullBackOff); usually the build never "
    "pushed it.",
    fix="Deploy a tag that exists, or push the missing one.",
    # A failed build removes no other image, and does not affect running pods.
    explained_by=("argo.build-skipped", "argo.build-failed", "argo.image-other-tag"),
)
UNAUTHORIZED = Code(
    id="workload.image-unauthorized",
    meaning="The registry refuses the node's pull (ErrImagePull, ImagePullBackOff). A registry may answer the same for "
    "a repository that does not exist.",
    fix="Create or renew the pull secret that the pod names.",
)
UNREACHABLE = Code(
    id="workload.registry-unreachable",
    meaning="The node, not the pod, cannot reach the registry (ErrImagePull, ImagePullBackOff): its DNS, its route, or "
    "the registry itself is down. Nodes that already have the image still start it.",
    fix="Repair the node's route to the registry.",
    transient=True,
)
UNTRUSTED = Code(
    id="workload.registry-untrusted",
    meaning="The node does not trust the registry's certificate: it has expired, is for another name, or its authority "
    "is not known to the node's container runtime. What pods trust does not matter.",
    fix="Renew the certificate, or install its authority on every node.",
)
FAILING = Code(
    id="workload.registry-failing",
    meaning="The registry answers with an error of its own (5xx), so nothing can be pulled from it.",
    fix="Repair the registry.",
    transient=True,
)
NEVER = Code(
    id="workload.image-never-pulled",
    meaning="The container's pull policy is Never, and the image is not on the pod's node (ErrImageNeverPull).",
    fix="Let the image be pulled (imagePullPolicy: IfNotPresent), or load it into the nodes.",
)
LIMITED = Code(
    id="workload.registry-rate-limited",
    meaning="The registry limits the pulls from this address for some time.",
    fix="Pull with credentials or from a mirror.",
    transient=True,
)
PLATFORM = Code(
    id="workload.image-wrong-platform",
    meaning="The image exists, but not for the node's processor architecture.",
    fix="Build the image for the architecture of the nodes.",
)
INVALID = Code(
    id="workload.image-name-invalid",
    meaning="The image's name is not a valid image reference (InvalidImageName), so nothing is pulled.",
    fix="Correct the image's name in the Deployment.",
)
OTHER = Code(
    id="workload.image-pull-failed",
    meaning="The image cannot be pulled, for the reason quoted.",
    fix="Fix the cause that the message names.",
    transient=True,
)
_CODES = {
    PullProblem.NOT_FOUND: (NOT_FOUND, "image {image} does not exist"),
    PullProblem.UNAUTHORIZED: (UNAUTHORIZED, "image {image} may not be pulled"),
    PullProblem.UNREACHABLE: (UNREACHABLE, "{node} does not reach {registry} for image {image}"),
    PullProblem.UNTRUSTED: (UNTRUSTED, "{node} does not trust {registry}'s certificate for image {image}"),
    PullProblem.FAILING: (FAILING, "{registry} fails, so image {image} cannot be pulled"),
    PullProblem.NEVER: (NEVER, "image {image} is not on {node}, and its pull policy is Never"),
    PullProblem.RATE_LIMITED: (LIMITED, "{registry} limits the pulls of {node} (image {image})"),
    PullProblem.WRONG_PLATFORM: (PLATFORM, "image {image} is not built for the node's architecture"),
    PullProblem.INVALID_NAME: (INVALID, "image {image} has an invalid name"),
    PullProblem.OTHER: (OTHER, "image {image} cannot be pulled"),
    PullProblem.UNKNOWN: (OTHER, "image {image} cannot be pulled"),
}
CODES = tuple({code.id: code for code, _ in _CODES.values()}.values())


class FailedPull(msgspec.Struct, frozen=True, kw_only=True):
    """A failed pull and its pods.

    Attributes:
        status: as `kubectl get pods` shows it.
        detail: the part of the message that adds details to the problem.
        missing_secrets: pull secrets that the kubelet could not read.
    """

    problem: PullProblem
    image: str
    container: str
    pods: list[Pod]
    status: str
    detail: str = ""
    missing_secrets: tuple[str, ...] = ()


def describe(failed: FailedPull) -> tuple[Code, str]:
    """Returns a failed pull as code and sentence, which leaves out pod and container where it would get too long."""
    code, template = _CODES[failed.problem]
    nodes = {pod.spec.node_name for pod in failed.pods}
    node = f"node {nodes.pop()}" if len(nodes) == 1 else f"each of {len(nodes)} nodes"
    problem = template.format(image=failed.image, registry=image_reference.parse(failed.image).registry, node=node)
    why, detail = (_secret(failed), "") if code is UNAUTHORIZED else ("", failed.detail)
    who = counted([pod.name for pod in failed.pods])
    follows = f"{problem}{why}{f' ({detail})' if detail else ''}."
    for start in (f"Container {failed.container} of {who} is in", f"Container {failed.container} is in"):
        if len(summary := f"{start} {failed.status}: {follows}") <= MAX_LENGTH:
            return code, summary
    return code, fit(f"{failed.status}: {problem}{why}", detail)


def _secret(failed: FailedPull) -> str:
    """Returns the clause about the pull secrets."""
    names = ", ".join(each.name for each in failed.pods[0].spec.image_pull_secrets)
    if failed.missing_secrets:
        plural = len(failed.missing_secrets) > 1
        missing = ", ".join(failed.missing_secrets)
        return f": pull secret{'s' if plural else ''} {missing} do{'' if plural else 'es'} not exist"
    return f" with pull secret {names}" if names else "; the pod has no pull secret"


def steps(ctx: Context, code: Code, failed: FailedPull) -> tuple[Step, ...]:
    """Returns the steps for a failed pull."""
    image, container, pod = failed.image, failed.container, failed.pods[0]
    namespace = ctx.target.namespace
    read = Step("Read the kubelet's events.", describe_pod(ctx, pod.name))
    if code is UNAUTHORIZED:
        named = (*failed.missing_secrets, *(each.name for each in pod.spec.image_pull_secrets))
        secret, exists = next(iter(named), "registry-credentials"), bool(named) and not failed.missing_secrets
        registry = image_reference.parse(image).registry
        command = kubectl.create_pull_secret(secret, registry, namespace=namespace, replaces=exists)
        return (Step("Create the pull secret anew.", command, changes=f"Secret {namespace}/{secret}"), read)
    if code in {UNREACHABLE, UNTRUSTED, FAILING, LIMITED}:
        return (read, Step("Read the node's conditions.", kubectl.describe("node", pod.spec.node_name)))
    if code is NEVER:
        return (patch(ctx, "Let it be pulled.", container, imagePullPolicy="IfNotPresent"), read)
    if container.startswith("vault-agent"):
        command = kubectl.get("pod", pod.name, namespace=namespace, output="jsonpath={.metadata.annotations}")
        return (Step("Find the agent image in the annotations or the injector's settings.", command), read)
    command = ctx.owner.set_image(f"{container}={_known_image(ctx, image)}")
    return (Step("Deploy an image that exists.", command, changes="the Deployment"), read)


def _known_image(ctx: Context, image: str) -> str:
    """Returns an image that pods of the workload run, else the same repository with a tag to fill in."""
    running = (ctx.target.worker_container(pod).image for pod in ctx.target.ready_pods)
    return next((each for each in running if each != image), image_reference.parse(image).with_tag("NEW_VALUE"))


def problem_of(ctx: Context, pod: Pod, message: str, image: str) -> PullProblem:
    """Returns why an image could not be pulled, by the container's own message, else by the kubelet's event."""
    problem = pull_problem(message)
    if problem is PullProblem.UNKNOWN and (event := event_of(ctx, pod, image)):
        problem = pull_problem(event.message)
    return problem


def event_of(ctx: Context, pod: Pod, image: str) -> Event | None:
    """Returns the latest event about the failed pull of this image."""
    failed = [each for each in events_about(ctx, pod, "Failed") if image in each.message]
    return failed[-1] if failed else None


def names_on(node: Node) -> Iterator[str]:
    """Yields the full names of the images that a node reports: the kubelet reports the largest 50."""
    return (image_reference.parse(name).full for each in node.status.images or () for name in each.names or ())
