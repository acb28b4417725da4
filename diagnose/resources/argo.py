"""Argo Workflows, which build, deploy and roll back (https://argo-workflows.readthedocs.io/en/release-3.5/fields/)."""

import msgspec

from diagnose.resources.metadata import Object, Part, Reference, Time


class Parameter(Part, frozen=True):
    """An argument or an output of a workflow or of one of its steps."""

    name: str
    value: str = ""


class Arguments(Part, frozen=True):
    """The arguments of a workflow."""

    parameters: tuple[Parameter, ...] = ()


class Outputs(Part, frozen=True):
    """The outputs of a step; `exit_code` as text, "" where there is none."""

    parameters: tuple[Parameter, ...] = ()
    exit_code: str = ""


class WorkflowNode(Part, frozen=True):
    """A step of a workflow run, or a group of steps.

    Attributes:
        type: "Pod" for a step that runs a container; others are groups, retries, suspensions.
        phase: Pending, Running, Succeeded, Skipped, Failed, Error or Omitted.
    """

    display_name: str = ""
    type: str = ""
    phase: str = ""
    message: str = ""
    template_name: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None
    outputs: Outputs = Outputs()


class WorkflowSpec(Part, frozen=True):
    """The spec of a workflow."""

    workflow_template_ref: Reference | None = None
    arguments: Arguments = Arguments()


class WorkflowStatus(Part, frozen=True):
    """The status of a workflow, with its steps by id."""

    phase: str = ""
    message: str = ""
    started_at: Time | None = None
    finished_at: Time | None = None
    nodes: dict[str, WorkflowNode] = msgspec.field(default_factory=dict)


class Workflow(Object, frozen=True):
    """A workflow."""

    group = "/apis/argoproj.io/v1alpha1"
    plural = "workflows.argoproj.io"
    spec: WorkflowSpec = WorkflowSpec()
    status: WorkflowStatus = WorkflowStatus()

    @property
    def template(self) -> str:
        """The WorkflowTemplate that it was created from, or ""."""
        return self.spec.workflow_template_ref.name if self.spec.workflow_template_ref else ""

    def parameter(self, name: str) -> str:
        """Returns the value of an argument, or ""."""
        return next((each.value for each in self.spec.arguments.parameters if each.name == name), "")


class WorkflowTemplate(Object, frozen=True):
    """A WorkflowTemplate."""

    group = "/apis/argoproj.io/v1alpha1"
    plural = "workflowtemplates.argoproj.io"
    spec: WorkflowSpec = WorkflowSpec()
