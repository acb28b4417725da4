"""A schedule sends its workflow to a queue that nobody polls: its first run never ends, and it starts no second."""

from tests.lab.fault import Fault
from tests.lab.faults.temporal._schedules import change, has_run_for, set_up_anew

SCHEDULE = "email-webhook-maintenance-schedule"
WORKFLOW = "emailWebhookMaintenanceWorkflow"
QUEUE = "email-domain-workflow"
EVERY_S = 20

FAULT = Fault(
    id="X63",
    title="A schedule sends its workflow to a queue that nobody polls",
    inject=lambda lab: change(lab, SCHEDULE, WORKFLOW, QUEUE, {}, EVERY_S),
    settled=lambda lab: has_run_for(lab, f"TemporalScheduledById = '{SCHEDULE}'", 3 * EVERY_S + 5),
    heal=lambda lab: set_up_anew(lab, SCHEDULE),
    causes=("temporal.schedule-blocked",),
    names=(SCHEDULE, QUEUE),
    timeout_s=240.0,
    replaces_pods=True,
)
