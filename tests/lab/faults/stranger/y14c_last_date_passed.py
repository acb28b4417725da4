"""The schedule's calendar names a year, which is over."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _schedules
from tests.lab.faults.temporal._schedules import set_up_anew

SCHEDULE, WORKFLOW, QUEUE = "marketing-fanout:flip-due-posts", "marketingFanoutWorkflow", "tenant-workflows"
CALENDAR = '{"year":"2025","month":"*","dayOfMonth":"*","hour":"*","minute":"*/5"}'


def inject(lab: Lab) -> None:
    _schedules.update(lab, SCHEDULE, WORKFLOW, QUEUE, "--calendar", CALENDAR)


FAULT = Fault(
    id="Y14c",
    title="The last date of a schedule's calendar has passed",
    inject=inject,
    settled=lambda lab: _schedules.has_ended(lab, SCHEDULE),
    heal=lambda lab: set_up_anew(lab, SCHEDULE),
    causes=("temporal.schedule-exhausted",),
    names=(SCHEDULE,),
    replaces_pods=True,
    stranger=True,
)
