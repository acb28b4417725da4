"""A schedule of the worker has been paused and not resumed."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import schedules, temporal

SCHEDULE = "email-polling-reconcile-schedule"


def inject(lab: Lab) -> None:
    temporal(lab, "schedule", "toggle", "--schedule-id", SCHEDULE, "--pause", "--reason", "lab")


def heal(lab: Lab) -> None:
    temporal(lab, "schedule", "toggle", "--schedule-id", SCHEDULE, "--unpause", "--reason", "lab")


FAULT = Fault(
    id="X61",
    title="A schedule of the worker is paused",
    inject=inject,
    settled=lambda lab: '"paused": true' in schedules(lab),
    heal=heal,
    causes=("temporal.schedule-paused",),
    names=(SCHEDULE,),
)
