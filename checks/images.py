"""What a failed pull of an image means, how it is said, and how it is mended."""

import shlex

from diagnose.check import Code, Context
from diagnose.model import Step
from diagnose.probes.messages import PullProblem, registry_of
from diagnose.probes.objects import Pod

NOT_FOUND = Code(
    id="workload.image-not-found",
    meaning="The registry answers and has no image of that name and tag. Mostly the build never pushed it.",
    fix="Deploy a tag that exists, or push the missing one.",
)
UNAUTHORIZED = Code(
    id="workload.image-unauthorized",
    meaning="The registry does not let the node pull the image. A registry may say the same of a repository that does "
    "not exist.",
    fix="Create or renew the pull secret that the pod names.",
)
UNREACHABLE = Code(
    id="workload.registry-unreachable",
    meaning="The node, not the pod, cannot reach the registry or does not trust it: DNS, its way out, a certificate.",
    fix="Give the node a way to the registry that it trusts.",
)
LIMITED = Code(
    id="workload.registry-rate-limited",
    meaning="The registry refuses more pulls from this address for a while.",
    fix="Pull with credentials or from a mirror.",
)
PLATFORM = Code(
    id="workload.image-wrong-platform",
    meaning="The image exists, but not for the node's processor architecture.",
    fix="Build the image for the architecture of the nodes.",
)
INVALID = Code(
    id="workload.image-name-invalid",
    meaning="The image's name breaks the rules for names, so nothing is pulled.",
    fix="Correct the image's name in the Deployment.",
)
OTHER = Code(
    id="workload.image-pull-failed",
    meaning="The image cannot be pulled, for the reason quoted.",
    fix="Remove the reason that the message gives.",
)
_CODES = {
    PullProblem.NOT_FOUND: (NOT_FOUND, "does not exist"),
    PullProblem.UNAUTHORIZED: (UNAUTHORIZED, "may not be pulled"),
    PullProblem.UNREACHABLE: (UNREACHABLE, "cannot be pulled, because the node does not reach {registry}"),
    PullProblem.RATE_LIMITED: (LIMITED, "cannot be pulled, because {registry} limits this node's pulls"),
    PullProblem.WRONG_PLATFORM: (PLATFORM, "is not built for the node's architecture"),
    PullProblem.INVALID_NAME: (INVALID, "has a name that is not allowed"),
    PullProblem.OTHER: (OTHER, "cannot be pulled"),
    PullProblem.UNTOLD: (OTHER, "cannot be pulled"),
}
CODES = tuple({code.id: code for code, _ in _CODES.values()}.values())


def said(problem: PullProblem, image: str, container: str, pod: Pod) -> tuple[Code, str]:
    """A failed pull as code and sentence."""
    code, words = _CODES[problem]
    names = ", ".join(each.name for each in pod.spec.image_pull_secrets)
    why = ""
    if code is UNAUTHORIZED:
        why = f" with pull secret {names}" if names else "; the pod has no pull secret"
    place = words.format(registry=registry_of(image))
    return code, f"Image {image} of container {container} {place}{why}, so the container cannot start."


def steps(ctx: Context, code: Code, image: str, container: str, pod: Pod) -> tuple[Step, ...]:
    """What to do about it."""
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    look = Step(text="Read what the kubelet says.", command=f"kubectl -n {namespace} describe pod {pod.name}")
    if code is UNAUTHORIZED:
        secret = next((each.name for each in pod.spec.image_pull_secrets), "registry-credentials")
        command = (
            f"kubectl -n {namespace} create secret docker-registry {secret} --docker-server={registry_of(image)} "
            "--docker-username=NEW_VALUE --docker-password=NEW_VALUE"
        )
        again = Step(text="Create the pull secret anew.", command=command, changes=f"Secret {namespace}/{secret}")
        return (again, look)
    if code is UNREACHABLE:
        node = pod.spec.node_name
        return (Step(text="See what the node says of itself.", command=f"kubectl describe node {node}"), look)
    if container.startswith("vault-agent"):
        command = f"kubectl -n {namespace} get pod {pod.name} -o jsonpath='{{.metadata.annotations}}'"
        return (Step(text="See which agent image the annotations or the injector ask for.", command=command), look)
    command = f"kubectl -n {namespace} set image deployment/{workload} {container}={shlex.quote(_known(ctx, image))}"
    back = Step(text="Deploy an image that exists.", command=command, changes="the Deployment")
    return (back, look)


def _known(ctx: Context, image: str) -> str:
    """An image that pods of the workload run, else the same repository with a tag to fill in."""
    running = (ctx.target.worker_container(pod).image for pod in ctx.target.ready_pods)
    repository = image.partition("@")[0]
    base = repository.rpartition(":")[0] if "/" not in repository.rpartition(":")[2] else repository
    return next((each for each in running if each != image), f"{base or repository}:NEW_VALUE")
