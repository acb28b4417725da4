"""A schedule had a limited number of actions and has used them (temporalio/temporal#4737)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _schedules
from tests.lab.faults.temporal._schedules import set_up_anew

SCHEDULE, WORKFLOW = "email-webhook-maintenance-schedule", "emailWebhookMaintenanceWorkflow"
QUEUE = "email-domain-workflows"


def inject(lab: Lab) -> None:
    _schedules.update(lab, SCHEDULE, WORKFLOW, QUEUE, "--interval", "15s", "--remaining-actions", "1")


FAULT = Fault(
    id="Y14",
    title="A schedule has used all its actions",
    inject=inject,
    settled=lambda lab: _schedules.has_ended(lab, SCHEDULE),
    heal=lambda lab: set_up_anew(lab, SCHEDULE),
    causes=("temporal.schedule-exhausted",),
    names=(SCHEDULE,),
    timeout_s=120.0,
    replaces_pods=True,
    stranger=True,
)
