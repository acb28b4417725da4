"""Can the images be pulled? The reason alternates between ErrImagePull and ImagePullBackOff; the message counts."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, grouped
from diagnose.check.reads import EVENTS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.images import (
    CODES,
    NOT_FOUND,
    UNAUTHORIZED,
    FailedPull,
    describe,
    event_of,
    problem_of,
    steps,
)
from diagnose.domain.kubernetes.pods import PULL_REASONS, event_evidence, events_about, pods_of
from diagnose.model.report import Alternative, Finding
from diagnose.queries.kubernetes_messages import PullProblem, pull_detail, pull_secrets_gone
from diagnose.resources import Pod
from diagnose.text.sentences import truncate

RECENT_S = 300.0


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each image and kind of failure, with all pods that wait for it."""
    failed = []
    for pod in pods_of(ctx):
        for status in pod.status.all_container_statuses:
            waiting, image = status.state.waiting, pod.spec.image(status.name)
            if waiting and waiting.reason in PULL_REASONS:
                problem = PullProblem.INVALID_NAME
                if waiting.reason != "InvalidImageName":
                    problem = problem_of(ctx, pod, waiting.message, image)
                failed.append(((problem, image, status.name), pod))
    for (problem, image, container), pods in grouped(failed).items():
        # An interrupted pull is retried.
        if problem is not PullProblem.INTERRUPTED:
            yield _finding(ctx, problem, image, container, pods)


def _finding(ctx: Context, problem: PullProblem, image: str, container: str, pods: list[Pod]) -> Finding:
    pod, status, event = pods[0], pods[0].container_status(container), event_of(ctx, pods[0], image)
    waiting = status.state.waiting if status else None
    reason = waiting.reason if waiting else ""
    # The event's message comes last, because it is the longer one.
    text = f"{waiting.message if waiting else ''}\n{event.message if event else ''}"
    # The kubelet repeats the event at each attempt.
    missed = events_about(ctx, pod, "FailedToRetrieveImagePullSecret", within_s=RECENT_S)
    failed = FailedPull(
        problem=problem,
        image=image,
        container=container,
        pods=pods,
        # The kubelet alternates between the two.
        status="ImagePullBackOff" if reason in {"", "ErrImagePull"} else reason,
        detail=pull_detail(problem, text),
        missing_secrets=tuple(sorted({name for each in missed for name in pull_secrets_gone(each.message)})),
    )
    code, summary = describe(failed)
    if event:
        seen = event_evidence(ctx, pod, event)
    else:
        seen = ctx.record_evidence(f"pod {pod.name}, {container}", truncate(text.strip(), 300))
    hidden = (Alternative("The repository does not exist: query the registry with a valid login.", NOT_FOUND.id),)
    return code.finding(
        summary,
        *steps(ctx, code, failed),
        pods=tuple(each.name for each in pods),
        evidence=(seen, *(event_evidence(ctx, pod, each) for each in missed[-1:])),
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
