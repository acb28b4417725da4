"""The version that leaves does not know a workflow that the version of now runs."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _leaving
from tests.lab.faults.temporal._temporal import fails_task, forget_workflows, replace_workflows

NAME = "worker-old-workflows"
CHANGE = ("function genericJobWorkflow(", "function genericJobWorkflowV1(")


def inject(lab: Lab) -> None:
    _leaving.all_at_once(lab)
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "pause", worker.DEPLOYMENT)
    replace_workflows(lab, NAME, CHANGE)
    _leaving.patch(lab, _leaving.LINGERS)
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "resume", worker.DEPLOYMENT)
    _leaving.wait_rolled_out(lab)
    _leaving.undo(lab)
    _leaving.start_jobs(lab)


def heal(lab: Lab) -> None:
    _leaving.recover(lab)
    forget_workflows(lab, NAME)


FAULT = Fault(
    id="Y06c",
    title="Deleted pods of the version before still poll, and lack a workflow",
    inject=inject,
    settled=lambda lab: fails_task(lab, "WorkflowId STARTS_WITH 'lab-'", 3),
    heal=heal,
    causes=("temporal.polled-by-terminating",),
    names=(worker.NAME,),
    timeout_s=120.0,
    replaces_pods=True,
    stranger=True,
)
