"""A schedule that the worker created at its start has been deleted."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import bring_schedule_back, schedules, temporal

SCHEDULE = "email-polling-reconcile-schedule"


def inject(lab: Lab) -> None:
    temporal(lab, "schedule", "delete", "--schedule-id", SCHEDULE)


FAULT = Fault(
    id="X60",
    title="A schedule of the worker is deleted",
    inject=inject,
    settled=lambda lab: SCHEDULE not in schedules(lab),
    heal=lambda lab: bring_schedule_back(lab, SCHEDULE),
    causes=("temporal.schedule-missing",),
    names=(SCHEDULE,),
    replaces_pods=True,
)
