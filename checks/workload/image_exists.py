"""Is the image there that is to be deployed? The registry says so to who may ask (--registry); else nodes that have it.

The registry is asked with the user's own docker login: the pod's pull secret is a Secret and is not read. A node keeps
an image that the registry has no more, so its word is of the past; the kubelet reports the largest fifty alone.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import docker
from diagnose.domain.kubernetes.images import INVALID, NOT_FOUND
from diagnose.model.report import Finding, Step
from diagnose.queries.query import NoAnswerError
from diagnose.queries.registry import Held, QueryRegistry
from diagnose.resources import Container, Node, image_reference
from diagnose.target.request import Allowance
from diagnose.text.sentences import truncate


def run(ctx: Context) -> Iterator[Finding]:
    """An image that the registry does not have; unknown where nobody knows it."""
    spec = ctx.target.template.spec
    remarks = []
    for container in (*spec.init_containers, *spec.containers):
        if not image_reference.is_valid(container.image):
            yield INVALID.finding(
                f'The image "{truncate(container.image, 80)}" of container {container.name} has a name that is not '
                "allowed.",
                subjects=(f"deployment/{ctx.target.name}",),
                steps=(_other(ctx, container),),
            )
        elif Allowance.REGISTRY in ctx.target.request.allowed:
            yield from _by_registry(ctx, container)
        elif told := _elsewhere(ctx, container.image):
            remarks.append(told)
        else:
            ctx.record_problem(
                f"no node is known to have {container.image} and no ready pod runs it; --registry asks its registry"
            )
    if remarks:
        ctx.note("; ".join(dict.fromkeys(remarks)))


def _by_registry(ctx: Context, container: Container) -> Iterator[Finding]:
    image = container.image
    answer = ctx.query(QueryRegistry(image=image))
    registry = image_reference.parse(image).registry
    seen = ctx.record_evidence(f"registry {registry}", f"{image}: {answer.held.value}, {answer.detail}")
    if answer.held is Held.NO:
        yield NOT_FOUND.finding(
            f"Image {image} of container {container.name} does not exist: {answer.detail}.",
            subjects=(f"image/{image}",),
            evidence=(seen,),
            steps=(
                _other(ctx, container),
                Step(text="Ask for it with your own login.", command=docker.inspect_manifest(image)),
            ),
        )
    elif answer.held is not Held.YES:
        told = _elsewhere(ctx, image)
        if not told:
            ctx.record_problem(
                f"{answer.detail}; the pods' own pull secret is not read, and no node is known to have {image}"
            )
        ctx.note(f"{answer.detail}; {told}")


def _elsewhere(ctx: Context, image: str) -> str:
    """Who has the image, in words; "" where nobody is known to."""
    pods = [pod for pod in ctx.target.ready_pods if any(each.image == image for each in pod.spec.containers)]
    wanted = image_reference.parse(image).full
    try:
        nodes = ctx.list(Node)
    except NoAnswerError:
        nodes = ()
    having = [node.name for node in nodes if wanted in _images(node)]
    told = [f"{len(having)} of {len(nodes)} nodes have"] if having else []
    told += [f"{len(pods)} ready pods run"] if pods else []
    return f"{' and '.join(told)} {image}; its registry was not asked" if told else ""


def _images(node: Node) -> Iterator[str]:
    return (image_reference.parse(name).full for each in node.status.images or () for name in each.names or ())


def _other(ctx: Context, container: Container) -> Step:
    running = (
        each.image for pod in ctx.target.ready_pods for each in pod.spec.containers if each.name == container.name
    )
    known = next((each for each in running if each != container.image), "")
    text = (
        f"Deploy a tag that exists, such as that of the ready pods, {known}." if known else "Deploy a tag that exists."
    )
    return Step(text=f"{text} A missing one must be built and pushed first.")


IMAGE_EXISTS = Check(
    id="workload.image-exists",
    title="The image that is to be deployed exists",
    stage=stages.IMAGE,
    run=run,
    codes=(NOT_FOUND, INVALID),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=lists(Scope.CLUSTER, Node),
)
