"""The Argo Workflows that built and deployed the worker: which step failed, was skipped, or rolled back."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import TypeVar

import msgspec

from diagnose.check.api import Context, NotApplicableError, Occasion
from diagnose.commands import argo, kubectl
from diagnose.domain.kubernetes.pods import PULL_REASONS, owner_of
from diagnose.model.report import Severity, Step
from diagnose.queries.query import NotFoundError
from diagnose.resources import Object, Workflow, WorkflowNode, image_reference
from diagnose.target.profile import Workflows
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate
from diagnose.text.times import EARLIEST

T = TypeVar("T", bound=Object)
DEADLINE_EXCEEDED = "ProgressDeadlineExceeded"


def list_objects(ctx: Context, kind: type[T]) -> tuple[T, ...]:
    """Lists objects of Argo Workflows.

    Raises:
        NotApplicableError: it is not installed, or the profile has no workflows.
        NoAnswerError: they may not be listed.
    """
    if not ctx.target.workflows:
        raise NotApplicableError("the profile names no workflows")
    try:
        return ctx.list(kind, ctx.target.workflows)
    except NotFoundError as error:
        raise NotApplicableError(f"Argo Workflows is not installed ({error})") from error


def has_symptom(ctx: Context) -> bool:
    """Whether the last deploy did not complete: its image is missing, or its progress deadline exceeded.

    A deploy that was rolled back leaves a working worker, and so is no incident.
    """
    deployment = owner_of(ctx)
    late = deployment is not None and any(each.reason == DEADLINE_EXCEEDED for each in deployment.status.conditions)
    return late or bool(missing_image(ctx))


def missing_image(ctx: Context) -> str:
    """Returns the worker's image, where pods of the current template cannot pull it, or ""."""
    for pod in ctx.target.current_pods:
        container = ctx.target.worker_container(pod)
        status = pod.container_status(container.name)
        if status and status.state.waiting and status.state.waiting.reason in PULL_REASONS and container.image:
            return container.image
    return ""


def severity(ctx: Context) -> Severity:
    """Returns the severity of a failed deploy: critical right after it, later the worker's own state counts."""
    return Severity.CRITICAL if ctx.occasion is Occasion.AFTER_DEPLOY else Severity.WARNING


def shortened(message: str) -> str:
    """Returns a message on one line, truncated."""
    return truncate(one_line(message).rstrip("."), 70)


def time_text(when: datetime | None) -> str:
    """Returns a time as text."""
    return f"{when:%Y-%m-%d %H:%M}" if when else "an unknown time"


FAILED = frozenset({"Failed", "Error"})
SKIPPED = frozenset({"Skipped", "Omitted"})
OPEN = frozenset({"", "Pending", "Running"})
TEMPLATE = "workflows.argoproj.io/workflow-template"
POD_NAMES = "workflows.argoproj.io/pod-name-format"
"""The annotation with the format of the names of pods: v2 has the template, in v1 they are those of the steps."""
_GROUPS = frozenset({"Steps", "StepGroup", "DAG", "TaskGroup", "Retry"})
_COMMIT = lazy(r"\A[0-9a-f]{7,40}\Z")
_ABSENT = lazy(r'workflowtemplates?(?:\.argoproj\.io)? "(?P<name>[^"]+)" not found')
SHORT = 8


class Pipeline(msgspec.Struct, frozen=True, dict=True):
    """One run of a workflow that builds the image, deploys it, or both."""

    workflow: Workflow
    known: Workflows

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.workflow.name

    @property
    def template(self) -> str:
        """The WorkflowTemplate that it was created from."""
        return self.workflow.template or self.workflow.metadata.labels.get(TEMPLATE, "")

    @property
    def began_at(self) -> datetime | None:
        """When it was created."""
        return self.workflow.metadata.creation_timestamp

    @property
    def builds(self) -> bool:
        """Whether it builds the image, possibly conditionally."""
        return self.template in {*self.known.build, *self.known.both, *self.known.alone}

    @property
    def deploys(self) -> bool:
        """Whether it deploys."""
        return self.template in {*self.known.deploy, *self.known.both, *self.known.alone}

    @property
    def phase(self) -> str:
        """Its phase; "" until a controller processes it."""
        return self.workflow.status.phase

    @property
    def version(self) -> str:
        """The tag in its parameters, else the commit; "" where they only name a branch."""
        tag, commit = (self.workflow.parameter(name) if name else "" for name in (self.known.tag, self.known.commit))
        return tag or (commit if _COMMIT.match(commit) else "")

    @property
    def missing_template(self) -> str:
        """The missing WorkflowTemplate that it or one of its steps refers to, or ""."""
        messages = (self.workflow.status.message, *(node.message for node in self.nodes))
        return next((found["name"] for each in messages if (found := _ABSENT.search(each))), "")

    @cached_property
    def nodes(self) -> tuple[WorkflowNode, ...]:
        """Its steps, in the order of their start."""
        found = self.workflow.status.nodes.values()
        return tuple(sorted(found, key=lambda node: str(node.started_at or "9")))

    @property
    def failed_step(self) -> WorkflowNode | None:
        """The first step that failed itself, not because of one of its children."""
        failed = [node for node in self.nodes if node.phase in FAILED]
        leaves = [node for node in failed if node.type not in _GROUPS]
        ended = sorted(leaves or failed, key=lambda node: str(node.finished_at or "9"))
        return ended[0] if ended else None

    def pod_of(self, step: WorkflowNode) -> str:
        """Returns the name of the pod of a step, "" where it has none."""
        name = next((each for each, node in self.workflow.status.nodes.items() if node == step), "")
        if step.type != "Pod" or not name:
            return ""
        if self.workflow.metadata.annotations.get(POD_NAMES) != "v2" or name == self.name or not step.template_name:
            return name
        return f"{self.name}-{step.template_name}-{name.rpartition('-')[2]}"

    @property
    def waiting_step(self) -> WorkflowNode | None:
        """A step that is pending or suspended."""
        steps = (node for node in self.nodes if node.type not in _GROUPS)
        suspended = ("Suspend", "Running")
        return next((node for node in steps if node.phase == "Pending" or (node.type, node.phase) == suspended), None)

    @property
    def rollback(self) -> WorkflowNode | None:
        """The step that rolled back to the previous version, if any."""
        return next((node for node in self._steps(self.known.rollback_step) if node.phase == "Succeeded"), None)

    @property
    def skipped_build(self) -> WorkflowNode | None:
        """The build step, where it was skipped and no other step built."""
        found = self._steps(self.known.build_step)
        return found[0] if found and all(node.phase in SKIPPED for node in found) else None

    @property
    def failed_build(self) -> WorkflowNode | None:
        """The failed build step."""
        if self.template in self.known.build:
            return self.failed_step if self.phase in FAILED else None
        return next((node for node in self._steps(self.known.build_step) if node.phase in FAILED), None)

    @property
    def built(self) -> bool:
        """Whether it built the image."""
        if self.template in self.known.build:
            return self.phase == "Succeeded"
        return any(node.phase == "Succeeded" for node in self._steps(self.known.build_step))

    @property
    def deployed(self) -> bool:
        """Whether it deployed the image, and did not roll it back."""
        if self.template in self.known.deploy:
            return self.phase == "Succeeded"
        return self.rollback is None and any(node.phase == "Succeeded" for node in self._steps(self.known.deploy_step))

    def _steps(self, pattern: str) -> list[WorkflowNode]:
        # The root node has the workflow's own name, which may match every pattern.
        steps = (node for node in self.nodes if node.display_name != self.name)
        return [node for node in steps if pattern and re.search(pattern, node.display_name)]


def pipelines(workflows: Iterable[Workflow], known: Workflows, namespace: str) -> tuple[Pipeline, ...]:
    """Returns the builds, and the deploys into this namespace, the latest first."""
    found = [Pipeline(each, known) for each in workflows]
    relevant = [
        each
        for each in found
        if (each.builds or each.deploys)
        and (not each.deploys or each.workflow.parameter(known.target_namespace) in {"", namespace})
    ]
    return tuple(sorted(relevant, key=lambda each: (each.began_at or EARLIEST, each.name), reverse=True))


def is_version(image: str, version: str) -> bool:
    """Whether an image's tag is this version: the tag itself, or the short form of the commit."""
    tag, expected = image_reference.parse(image).tag, image_reference.parse(version).tag or version
    if not tag or not expected:
        return False
    return tag == expected or (len(tag) >= SHORT - 1 and bool(_COMMIT.match(tag)) and expected.startswith(tag))


def is_expected(image: str, expected: str) -> bool:
    """Whether an image is the expected one, by its whole reference, or by its tag where only that is given."""
    return image == expected or ("/" not in expected and "@" not in expected and is_version(image, expected))


def last_pipelines(ctx: Context) -> tuple[Pipeline, ...]:
    """Returns builds and deploys, the latest first.

    Raises:
        NotApplicableError: there is no symptom, Argo Workflows is not installed, or no such workflow is retained.
        NoAnswerError: they may not be listed.
    """
    if ctx.occasion is Occasion.INCIDENT and not has_symptom(ctx):
        raise NotApplicableError("queried only where a deploy did not complete")
    found = pipelines(list_objects(ctx, Workflow), ctx.target.profile.workflows, ctx.target.namespace)
    if not found:
        raise NotApplicableError(f"no workflow that builds or deploys the worker is retained in {ctx.target.workflows}")
    return found


def read_step(ctx: Context, pipeline: Pipeline) -> Step:
    """Returns the step that shows the whole workflow."""
    command = kubectl.get(Workflow.plural, pipeline.name, namespace=ctx.target.workflows, output="yaml")
    return Step("Read the status of the workflow's steps.", command)


def log_step(ctx: Context, pipeline: Pipeline) -> Step:
    """Returns the step that prints the log of the failed step, else of all, while their pods are retained."""
    failed = pipeline.failed_step
    if failed and (pod := pipeline.pod_of(failed)):
        command = kubectl.log(pod, container="main", namespace=ctx.target.workflows, tail=40)
        return Step(f"Read the error in the log of step {failed.display_name}, while its pod is retained.", command)
    chosen = f"workflows.argoproj.io/workflow={pipeline.name}"
    namespace = ctx.target.workflows
    command = kubectl.log(selector=chosen, container="main", namespace=namespace, flags=("--prefix",), tail=40)
    return Step("Read the logs of its steps, as long as their pods are retained.", command)


def stop_step(ctx: Context, pipeline: Pipeline) -> Step:
    """Returns the step that stops the workflow."""
    change = {"spec": {"shutdown": "Stop"}}
    command = kubectl.patch(Workflow.plural, pipeline.name, change, namespace=ctx.target.workflows, how="merge")
    return Step("Stop it, if it is no longer needed.", command, changes=f"workflow {pipeline.name}")


def resume_step(ctx: Context, pipeline: Pipeline) -> Step:
    """Returns the step that lets the workflow go on, which waits for an approval."""
    command = argo.resume(pipeline.name, namespace=ctx.target.workflows)
    return Step("Resume it, if what it waits for is approved.", command, changes=f"workflow {pipeline.name}")
