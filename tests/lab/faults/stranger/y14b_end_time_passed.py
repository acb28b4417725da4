"""The schedule was made for a year that is over."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _schedules
from tests.lab.faults.temporal._schedules import set_up_anew

SCHEDULE, WORKFLOW = "calendar-webhook-maintenance-schedule", "calendarWebhookMaintenanceWorkflow"
QUEUE = "email-domain-workflows"


def inject(lab: Lab) -> None:
    _schedules.update(lab, SCHEDULE, WORKFLOW, QUEUE, "--interval", "30m", "--end-time", _schedules.ago(1800))


FAULT = Fault(
    id="Y14b",
    title="The end of a schedule has passed",
    inject=inject,
    settled=lambda lab: _schedules.has_ended(lab, SCHEDULE),
    heal=lambda lab: set_up_anew(lab, SCHEDULE),
    causes=("temporal.schedule-exhausted",),
    names=(SCHEDULE,),
    replaces_pods=True,
    stranger=True,
)
