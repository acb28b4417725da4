"""Which workflows built and deployed the worker, as checks ask for them, and when that is worth a question."""

from datetime import datetime
from typing import TypeVar

from diagnose.check.api import Context, NotApplicableError, Occasion
from diagnose.domain.delivery.argo_workflows import Pipeline, pipelines
from diagnose.domain.kubernetes.pods import PULL_REASONS
from diagnose.model.report import Severity, Step
from diagnose.queries.query import NotFoundError
from diagnose.resources import Object, Pod, Workflow
from diagnose.text.sentences import cut

T = TypeVar("T", bound=Object)
LATE = "ProgressDeadlineExceeded"


def last_pipelines(ctx: Context) -> tuple[Pipeline, ...]:
    """Builds and deploys, the latest first.

    Raises:
        NotApplicableError: nothing asks for it, Argo Workflows is not installed, or no such workflow is kept.
        CannotLookError: they may not be listed.
    """
    if ctx.occasion is Occasion.INCIDENT and not has_symptom(ctx):
        raise NotApplicableError("asked only where a deploy has not arrived")
    found = pipelines(listed(ctx, Workflow), ctx.target.profile.workflows, ctx.target.namespace)
    if not found:
        raise NotApplicableError(f"no workflow that builds or deploys the worker is kept in {ctx.target.workflows}")
    return found


def listed(ctx: Context, kind: type[T]) -> tuple[T, ...]:
    """Objects of Argo Workflows.

    Raises:
        NotApplicableError: it is not installed, or the profile knows no workflows.
        CannotLookError: they may not be listed.
    """
    if not ctx.target.workflows:
        raise NotApplicableError("the profile names no workflows")
    try:
        return ctx.list(kind, ctx.target.workflows)
    except NotFoundError:
        raise NotApplicableError("Argo Workflows is not installed") from None


def has_symptom(ctx: Context) -> bool:
    """Whether what was deployed last has not arrived: its image is missing, or its time is up.

    What was given up leaves a worker that works, and so is no incident.
    """
    return bool(missing_image(ctx)) or is_late(ctx)


def missing_image(ctx: Context) -> str:
    """The worker's image, where pods of the present template cannot pull it."""
    return next((image for pod in ctx.target.current_pods if (image := _unpulled(ctx, pod))), "")


def _unpulled(ctx: Context, pod: Pod) -> str:
    container = ctx.target.worker_container(pod)
    status = pod.container_status(container.name)
    waiting = status.state.waiting if status else None
    return container.image if waiting and waiting.reason in PULL_REASONS else ""


def is_late(ctx: Context) -> bool:
    """Whether the rollout's time is up."""
    deployment = ctx.target.deployment
    return deployment is not None and any(each.reason == LATE for each in deployment.status.conditions)


def severity(ctx: Context) -> Severity:
    """Right after a deploy it closes the gate, that it did not succeed; later the worker's own state counts."""
    return Severity.CRITICAL if ctx.occasion is Occasion.AFTER_DEPLOY else Severity.WARNING


def read(ctx: Context, pipeline: Pipeline) -> Step:
    """See the whole workflow."""
    command = f"kubectl -n {ctx.target.workflows} get workflows.argoproj.io {pipeline.name} -o yaml"
    return Step(text="Read what the workflow says of its steps.", command=command)


def log(ctx: Context, pipeline: Pipeline) -> Step:
    """Read what the steps printed, while their pods are kept."""
    chosen = f"workflows.argoproj.io/workflow={pipeline.name}"
    command = f"kubectl -n {ctx.target.workflows} logs -l {chosen} -c main --prefix --tail=40"
    return Step(text="Read what its steps printed, as long as their pods are kept.", command=command)


def stop(ctx: Context, pipeline: Pipeline) -> Step:
    """End the workflow."""
    command = (
        f"kubectl -n {ctx.target.workflows} patch workflows.argoproj.io {pipeline.name} --type=merge "
        """-p '{"spec":{"shutdown":"Stop"}}'"""
    )
    return Step(text="Stop it, if nothing is to come of it.", command=command, changes=f"workflow {pipeline.name}")


def shortened(message: str) -> str:
    """A message in one line, cut where it is long."""
    return cut(" ".join(message.split()).rstrip("."), 70)


def at(when: datetime | None) -> str:
    """A time in words."""
    return f"{when:%Y-%m-%d %H:%M}" if when else "an unknown time"
