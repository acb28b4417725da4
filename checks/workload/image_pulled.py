"""Are the images there? The reason alternates between ErrImagePull and ImagePullBackOff; the text tells the cause."""

from collections.abc import Iterator

from checks.images import CODES, said, steps
from diagnose.check import Check, Context
from diagnose.model import Finding
from diagnose.pods import PULL_REASONS, event_seen, events_about, subjects
from diagnose.probes.messages import PullProblem, pull_problem
from diagnose.probes.objects import ContainerStatus, Pod
from diagnose.probes.surroundings import Event


def ask(ctx: Context) -> Iterator[Finding]:
    """One finding for each image and kind of failure, about all pods that wait for it."""
    grouped: dict[tuple[PullProblem, str, str], list[Pod]] = {}
    for pod in ctx.target.pods:
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            waiting = status.state.waiting
            if waiting is None or waiting.reason not in PULL_REASONS:
                continue
            problem = _problem(ctx, pod, status)
            # An interrupted pull is simply tried again.
            if problem is not PullProblem.INTERRUPTED:
                grouped.setdefault((problem, _image(pod, status.name), status.name), []).append(pod)
    for (problem, image, container), pods in grouped.items():
        yield _finding(ctx, problem, image, container, pods)


def _image(pod: Pod, container: str) -> str:
    wanted = (*pod.spec.init_containers, *pod.spec.containers)
    return next((each.image for each in wanted if each.name == container), "")


def _problem(ctx: Context, pod: Pod, status: ContainerStatus) -> PullProblem:
    waiting = status.state.waiting
    if waiting is None or waiting.reason == "InvalidImageName":
        return PullProblem.INVALID_NAME
    problem = pull_problem(waiting.message)
    if problem is PullProblem.UNTOLD and (event := _event(ctx, pod, _image(pod, status.name))):
        problem = pull_problem(event.message)
    return problem


def _event(ctx: Context, pod: Pod, image: str) -> Event | None:
    """The latest event that says why this image could not be pulled."""
    failed = [each for each in events_about(ctx, pod, "Failed") if image in each.message]
    return failed[-1] if failed else None


def _finding(ctx: Context, problem: PullProblem, image: str, container: str, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    code, summary = said(problem, image, container, pods[0])
    evidence = []
    if event := _event(ctx, pods[0], image):
        evidence.append(event_seen(ctx, pods[0], event))
    else:
        status = pods[0].container_status(container)
        text = status.state.waiting.message if status and status.state.waiting else ""
        evidence.append(ctx.saw(f"pod {names[0]}, {container}", text[:300]))
    missing = events_about(ctx, pods[0], "FailedToRetrieveImagePullSecret")
    evidence.extend(event_seen(ctx, pods[0], each) for each in missing[-1:])
    hidden = ("The repository does not exist: look it up in the registry with a valid login.",)
    return code.finding(
        summary,
        steps=steps(ctx, code, image, container, pods[0]),
        pods=names,
        subjects=subjects(names),
        evidence=tuple(evidence),
        alternatives=hidden if problem is PullProblem.UNAUTHORIZED else (),
    )


IMAGE_PULLED = Check(
    id="workload.image-pulled",
    title="The images can be pulled",
    ask=ask,
    codes=CODES,
    explained_by=("workload.node-healthy",),
)
