"""Does the image of the next deployment exist? The registry knows (--registry), else the nodes that have pulled it.

The registry is queried with the user's own docker login: the pod's pull secret is a Secret and is not read. A node
keeps an image that was deleted from the registry, so it only proves the past; the kubelet reports only the largest 50.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import docker
from diagnose.domain.kubernetes.images import INVALID, NOT_FOUND, names_on
from diagnose.model.report import Finding, Step
from diagnose.queries.registry import ImagePresence, QueryRegistry
from diagnose.resources import Container, Node, image_reference
from diagnose.target.request import Allowance
from diagnose.text.sentences import truncate


def run(ctx: Context) -> Iterator[Finding]:
    """Reports an image that the registry does not have; unknown where no node is known to have it either."""
    spec = ctx.target.template.spec
    remarks = []
    for container in spec.all_containers:
        if not image_reference.is_valid(container.image):
            yield INVALID.finding(
                f'The image "{truncate(container.image, 80)}" of container {container.name} has an invalid name.',
                _other(ctx, container),
                subjects=(f"deployment/{ctx.target.name}",),
            )
        elif Allowance.REGISTRY in ctx.target.request.allowed:
            yield from _by_registry(ctx, container)
        elif known := _known_by(ctx, container.image):
            remarks.append(known)
        else:
            ctx.record_problem(
                f"no node is known to have {container.image} and no ready pod runs it; --registry queries its registry"
            )
    if remarks:
        ctx.note("; ".join(dict.fromkeys(remarks)))


def _by_registry(ctx: Context, container: Container) -> Iterator[Finding]:
    image = container.image
    answer = ctx.query(QueryRegistry(image=image))
    registry = image_reference.parse(image).registry
    seen = ctx.record_evidence(f"registry {registry}", f"{image}: {answer.held.value}, {answer.detail}")
    if answer.held is ImagePresence.NO:
        yield NOT_FOUND.finding(
            f"Image {image} of container {container.name} does not exist: {answer.detail}.",
            _other(ctx, container),
            Step("Query it with your own login.", docker.inspect_manifest(image)),
            subjects=(f"image/{image}",),
            evidence=(seen,),
        )
    elif answer.held is not ImagePresence.YES:
        known = _known_by(ctx, image)
        if not known:
            ctx.record_problem(
                f"{answer.detail}; the pods' own pull secret is not read, and no node is known to have {image}"
            )
        ctx.note(f"{answer.detail}; {known}")


def _known_by(ctx: Context, image: str) -> str:
    """Describes which nodes and pods have the image; "" where none is known to."""
    name = _full(image)
    pods = [pod for pod in ctx.target.ready_pods if any(_full(each.image) == name for each in pod.spec.all_containers)]
    nodes = (ctx.covered(lambda: ctx.list(Node), f"{len(pods)} ready pods run it") if pods else ctx.list(Node)) or ()
    having = [node.name for node in nodes if name in names_on(node)]
    having_it = [f"{len(having)} of {len(nodes)} nodes have"] if having else []
    having_it += [f"{len(pods)} ready pods run"] if pods else []
    return f"{' and '.join(having_it)} {image}; its registry was not queried" if having_it else ""


def _full(image: str) -> str:
    return image_reference.parse(image).full


def _other(ctx: Context, container: Container) -> Step:
    running = (pod.spec.image(container.name) for pod in ctx.target.ready_pods)
    known = next((each for each in running if each not in {"", container.image}), "")
    such = f", such as that of the ready pods, {known}" if known else ""
    return Step(f"Deploy a tag that exists{such}. A missing one must be built and pushed first.")


IMAGE_EXISTS = Check(
    id="workload.image-exists",
    title="The image to deploy exists",
    stage=stages.IMAGE,
    template=(),  # before a deploy there is nothing to roll back
    run=run,
    codes=(NOT_FOUND, INVALID),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=lists(Scope.CLUSTER, Node),
)
