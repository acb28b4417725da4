"""A workflow is started of a type that the worker's code does not have: its task fails and is retried indefinitely."""

from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import delete_workflows, is_task_attempted, start_workflows

TYPE = "tenantOffboardingWorkflow"

FAULT = Fault(
    id="T13",
    title="A workflow of an unregistered type is started",
    inject=lambda lab: start_workflows(lab, 1, TYPE, "tenant-workflows", {"tenantId": "t1"}),
    settled=lambda lab: is_task_attempted(lab, f"lab-{TYPE}-1", 3),
    heal=delete_workflows,
    causes=("temporal.workflow-not-registered",),
    names=(TYPE,),
)
