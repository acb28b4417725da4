"""What Argo Workflows say of the last build and the last deploy: which step failed, was left out, or went back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from diagnose.resources import Workflow, WorkflowNode
from diagnose.target.profile import Workflows

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


def tag_of(image: str) -> str:
    """The tag of an image's name; "" where it has none, or is named by its digest alone."""
    last = image.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2]


def is_version(image: str, version: str) -> bool:
    """Whether an image's tag is this version: the tag itself, or the short form of the commit."""
    tag, wanted = tag_of(image), tag_of(version) or version
    if not tag or not wanted:
        return False
    return tag == wanted or (len(tag) >= SHORT - 1 and bool(_COMMIT.match(tag)) and wanted.startswith(tag))


def is_expected(image: str, wanted: str) -> bool:
    """Whether an image is the one that is meant, by its whole name, or by its tag where no more is given."""
    return image == wanted or ("/" not in wanted and "@" not in wanted and is_version(image, wanted))
