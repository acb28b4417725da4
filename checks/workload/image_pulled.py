"""Can the images be pulled? The reason alternates between ErrImagePull and ImagePullBackOff; the message counts."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context
from diagnose.check.reads import EVENTS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.images import CODES, UNAUTHORIZED, FailedPull, describe, steps
from diagnose.domain.kubernetes.pods import PULL_REASONS, event_evidence, events_about
from diagnose.model.report import Finding
from diagnose.queries.kubernetes_messages import PullProblem, pull_detail, pull_problem, pull_secrets_gone
from diagnose.resources import ContainerStatus, Event, Pod
from diagnose.text.sentences import truncate

RECENT_S = 300.0


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each image and kind of failure, with all pods that wait for it."""
    grouped: dict[tuple[PullProblem, str, str], list[Pod]] = {}
    for pod in ctx.target.pods:
        for status in pod.status.all_container_statuses:
            waiting = status.state.waiting
            if waiting is None or waiting.reason not in PULL_REASONS:
                continue
            problem = _problem(ctx, pod, status)
            # An interrupted pull is retried.
            if problem is not PullProblem.INTERRUPTED:
                grouped.setdefault((problem, _image(pod, status.name), status.name), []).append(pod)
    for (problem, image, container), pods in grouped.items():
        text = _text(ctx, pods[0], image, container)
        gone = {name for each in _secrets_missed(ctx, pods[0]) for name in pull_secrets_gone(each.message)}
        detail = pull_detail(problem, text)
        yield _finding(
            ctx,
            FailedPull(
                problem=problem,
                image=image,
                container=container,
                pods=pods,
                status=_status(pods[0], container),
                detail=detail,
                missing_secrets=tuple(sorted(gone)),
            ),
        )


def _text(ctx: Context, pod: Pod, image: str, container: str) -> str:
    """Returns the messages about the failed pull, the event's last, because it is the longer one."""
    status = pod.container_status(container)
    waiting = status.state.waiting if status else None
    event = _event(ctx, pod, image)
    return f"{waiting.message if waiting else ''}\n{event.message if event else ''}"


def _status(pod: Pod, container: str) -> str:
    """Returns the waiting reason; the kubelet alternates between ErrImagePull and ImagePullBackOff."""
    status = pod.container_status(container)
    reason = status.state.waiting.reason if status and status.state.waiting else ""
    return "ImagePullBackOff" if reason in {"", "ErrImagePull"} else reason


def _secrets_missed(ctx: Context, pod: Pod) -> tuple[Event, ...]:
    # The kubelet repeats the event at each attempt.
    return events_about(ctx, pod, "FailedToRetrieveImagePullSecret", within_s=RECENT_S)


def _image(pod: Pod, container: str) -> str:
    containers = pod.spec.all_containers
    return next((each.image for each in containers if each.name == container), "")


def _problem(ctx: Context, pod: Pod, status: ContainerStatus) -> PullProblem:
    waiting = status.state.waiting
    if waiting is None or waiting.reason == "InvalidImageName":
        return PullProblem.INVALID_NAME
    problem = pull_problem(waiting.message)
    if problem is PullProblem.UNKNOWN and (event := _event(ctx, pod, _image(pod, status.name))):
        problem = pull_problem(event.message)
    return problem


def _event(ctx: Context, pod: Pod, image: str) -> Event | None:
    """Returns the latest event about the failed pull of this image."""
    failed = [each for each in events_about(ctx, pod, "Failed") if image in each.message]
    return failed[-1] if failed else None


def _finding(ctx: Context, failed: FailedPull) -> Finding:
    pod = failed.pods[0]
    names = tuple(each.name for each in failed.pods)
    code, summary = describe(failed)
    evidence = []
    if event := _event(ctx, pod, failed.image):
        evidence.append(event_evidence(ctx, pod, event))
    else:
        text = _text(ctx, pod, failed.image, failed.container)
        evidence.append(ctx.record_evidence(f"pod {names[0]}, {failed.container}", truncate(text.strip(), 300)))
    evidence.extend(event_evidence(ctx, pod, each) for each in _secrets_missed(ctx, pod)[-1:])
    hidden = ("The repository does not exist: query the registry with a valid login.",)
    return code.finding(
        summary,
        *steps(ctx, code, failed),
        pods=names,
        evidence=tuple(evidence),
        alternatives=hidden if code is UNAUTHORIZED and not failed.missing_secrets else (),
    )


IMAGE_PULLED = Check(
    id="workload.image-pulled",
    title="The images can be pulled",
    stage=stages.IMAGE,
    run=run,
    codes=CODES,
    reads=optional(EVENTS),
)
