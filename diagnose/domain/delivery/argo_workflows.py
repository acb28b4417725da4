"""What Argo Workflows say of the last build and the last deploy: which step failed, was left out, or went back.

Which workflows built and deployed the worker, as checks ask for them, and when that is worth a question.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from diagnose.check.api import Context, NotApplicableError, Occasion
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import PULL_REASONS
from diagnose.model.report import Severity, Step
from diagnose.queries.query import NotFoundError
from diagnose.resources import Object, Pod, Workflow, WorkflowNode, image_reference
from diagnose.target.profile import Workflows
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

T = TypeVar("T", bound=Object)
LATE = "ProgressDeadlineExceeded"


def listed(ctx: Context, kind: type[T]) -> tuple[T, ...]:
    """Objects of Argo Workflows.

    Raises:
        NotApplicableError: it is not installed, or the profile knows no workflows.
        NoAnswerError: they may not be listed.
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


def shortened(message: str) -> str:
    """A message in one line, cut where it is long."""
    return truncate(one_line(message).rstrip("."), 70)


def at(when: datetime | None) -> str:
    """A time in words."""
    return f"{when:%Y-%m-%d %H:%M}" if when else "an unknown time"


FAILED = frozenset({"Failed", "Error"})
LEFT_OUT = frozenset({"Skipped", "Omitted"})
OPEN = frozenset({"", "Pending", "Running"})
TEMPLATE = "workflows.argoproj.io/workflow-template"
_GROUPS = frozenset({"Steps", "StepGroup", "DAG", "TaskGroup", "Retry"})
_COMMIT = re.compile(r"\A[0-9a-f]{7,40}\Z")
_ABSENT = re.compile(r'workflowtemplates?(?:\.argoproj\.io)? "(?P<name>[^"]+)" not found')
SHORT = 8


@dataclass(frozen=True)
class Pipeline:
    """One run of a workflow that builds the image, deploys it, or both."""

    workflow: Workflow
    known: Workflows

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.workflow.name

    @property
    def template(self) -> str:
        """The WorkflowTemplate that it was made from."""
        return self.workflow.template or self.workflow.metadata.labels.get(TEMPLATE, "")

    @property
    def began_at(self) -> datetime | None:
        """When it was made."""
        return self.workflow.metadata.creation_timestamp

    @property
    def builds(self) -> bool:
        """Whether it builds the image, or may."""
        return self.template in {*self.known.build, *self.known.both}

    @property
    def deploys(self) -> bool:
        """Whether it deploys."""
        return self.template in {*self.known.deploy, *self.known.both}

    @property
    def phase(self) -> str:
        """Its phase; "" where no controller has taken it up."""
        return self.workflow.status.phase

    @property
    def version(self) -> str:
        """The tag that it was given, else what it was to build; "" where only a branch is named."""
        tag, commit = (self.workflow.parameter(name) if name else "" for name in (self.known.tag, self.known.commit))
        return tag or (commit if _COMMIT.match(commit) else "")

    @property
    def missing_template(self) -> str:
        """The WorkflowTemplate that it or one of its steps names and that does not exist, or ""."""
        messages = (self.workflow.status.message, *(node.message for node in self.nodes))
        return next((found["name"] for each in messages if (found := _ABSENT.search(each))), "")

    @cached_property
    def nodes(self) -> tuple[WorkflowNode, ...]:
        """Its steps, in the order of their beginning."""
        found = self.workflow.status.nodes.values()
        return tuple(sorted(found, key=lambda node: str(node.started_at or "9")))

    @property
    def failed_step(self) -> WorkflowNode | None:
        """The first step that failed of itself, not because of a step below it."""
        failed = [node for node in self.nodes if node.phase in FAILED]
        leaves = [node for node in failed if node.type not in _GROUPS]
        ended = sorted(leaves or failed, key=lambda node: str(node.finished_at or "9"))
        return ended[0] if ended else None

    @property
    def waiting_step(self) -> WorkflowNode | None:
        """A step that waits to begin, or was told to wait for somebody."""
        waiting = (
            node for node in self.nodes if node.phase == "Pending" or (node.type, node.phase) == ("Suspend", "Running")
        )
        return next((node for node in waiting if node.type not in _GROUPS), None)

    @property
    def rollback(self) -> WorkflowNode | None:
        """The step that went back to the version before, where one did."""
        return next((node for node in self._steps(self.known.rollback_step) if node.phase == "Succeeded"), None)

    @property
    def build_left_out(self) -> WorkflowNode | None:
        """The build's step, where it was skipped, and no other step has built."""
        found = self._steps(self.known.build_step)
        built = any(node.phase not in LEFT_OUT for node in found)
        return None if built else next(iter(found), None)

    @property
    def build_failed(self) -> WorkflowNode | None:
        """The step of the build that failed."""
        if self.template in self.known.build:
            return self.failed_step if self.phase in FAILED else None
        return next((node for node in self._steps(self.known.build_step) if node.phase in FAILED), None)

    @property
    def built(self) -> bool:
        """Whether it has built the image."""
        if self.template in self.known.build:
            return self.phase == "Succeeded"
        return any(node.phase == "Succeeded" for node in self._steps(self.known.build_step))

    @property
    def deployed(self) -> bool:
        """Whether it has deployed the image, and that was not taken back."""
        if self.template in self.known.deploy:
            return self.phase == "Succeeded"
        return self.rollback is None and any(node.phase == "Succeeded" for node in self._steps(self.known.deploy_step))

    def _steps(self, pattern: str) -> list[WorkflowNode]:
        # The first of all nodes has the workflow's own name, which speaks of everything that it does.
        steps = (node for node in self.nodes if node.display_name != self.name)
        return [node for node in steps if pattern and re.search(pattern, node.display_name)]


def pipelines(workflows: Iterable[Workflow], known: Workflows, namespace: str) -> tuple[Pipeline, ...]:
    """The builds and the deploys into this namespace, the latest first."""
    found = [Pipeline(each, known) for each in workflows]
    own = [
        each
        for each in found
        if (each.builds or each.deploys)
        and (not each.deploys or each.workflow.parameter(known.target_namespace) in {"", namespace})
    ]
    return tuple(sorted(own, key=lambda each: str(each.began_at), reverse=True))


def is_version(image: str, version: str) -> bool:
    """Whether an image's tag is this version: the tag itself, or the short form of the commit."""
    tag, wanted = image_reference.parse(image).tag, image_reference.parse(version).tag or version
    if not tag or not wanted:
        return False
    return tag == wanted or (len(tag) >= SHORT - 1 and bool(_COMMIT.match(tag)) and wanted.startswith(tag))


def is_expected(image: str, wanted: str) -> bool:
    """Whether an image is the one that is meant, by its whole name, or by its tag where no more is given."""
    return image == wanted or ("/" not in wanted and "@" not in wanted and is_version(image, wanted))


def last_pipelines(ctx: Context) -> tuple[Pipeline, ...]:
    """Builds and deploys, the latest first.

    Raises:
        NotApplicableError: nothing asks for it, Argo Workflows is not installed, or no such workflow is kept.
        NoAnswerError: they may not be listed.
    """
    if ctx.occasion is Occasion.INCIDENT and not has_symptom(ctx):
        raise NotApplicableError("asked only where a deploy has not arrived")
    found = pipelines(listed(ctx, Workflow), ctx.target.profile.workflows, ctx.target.namespace)
    if not found:
        raise NotApplicableError(f"no workflow that builds or deploys the worker is kept in {ctx.target.workflows}")
    return found


def read(ctx: Context, pipeline: Pipeline) -> Step:
    """See the whole workflow."""
    command = kubectl.get(Workflow.plural, pipeline.name, namespace=ctx.target.workflows, output="yaml")
    return Step(text="Read what the workflow says of its steps.", command=command)


def log(ctx: Context, pipeline: Pipeline) -> Step:
    """Read what the steps printed, while their pods are kept."""
    chosen = f"workflows.argoproj.io/workflow={pipeline.name}"
    command = kubectl.log(
        selector=chosen, container="main", namespace=ctx.target.workflows, flags=("--prefix",), tail=40
    )
    return Step(text="Read what its steps printed, as long as their pods are kept.", command=command)


def stop(ctx: Context, pipeline: Pipeline) -> Step:
    """End the workflow."""
    change = {"spec": {"shutdown": "Stop"}}
    command = kubectl.patch(Workflow.plural, pipeline.name, change, namespace=ctx.target.workflows, how="merge")
    return Step(text="Stop it, if nothing is to come of it.", command=command, changes=f"workflow {pipeline.name}")
