"""A schedule of billing, which no code sets up and may be meant to end, has used its actions: a warning."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _schedules
from tests.lab.faults.temporal._temporal import temporal
from tests.lab.scene import BILLING

SCHEDULE = "month-end-invoices"
OPTIONS = ("--namespace", "billing", "--schedule-id", SCHEDULE)


def inject(lab: Lab) -> None:
    action = ("--type", "InvoiceWorkflow", "--task-queue", "invoices", "--input", '"month-end"')
    temporal(lab, "schedule", "create", *OPTIONS, *action, "--interval", "15s", "--remaining-actions", "2")


FAULT = Fault(
    id="Y14d",
    title="A schedule of a worker in Python has used all its actions",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _schedules.has_ended(lab, SCHEDULE, "billing"),
    heal=lambda lab: temporal(lab, "schedule", "delete", *OPTIONS),
    causes=("temporal.schedule-exhausted",),
    names=(SCHEDULE,),
    timeout_s=120.0,
    warns=True,
    stranger=True,
)
