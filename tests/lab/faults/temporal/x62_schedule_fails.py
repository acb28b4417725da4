"""The runs of one schedule fail one after the other, too few to show among all that ends."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._schedules import change, results, set_up_anew

SCHEDULE = "calendar-webhook-maintenance-schedule"
EVERY_S = 20


def inject(lab: Lab) -> None:
    change(lab, SCHEDULE, "genericJobWorkflow", "alga-jobs", {"jobName": "rmm-sync", "failWorkflow": True}, EVERY_S)


FAULT = Fault(
    id="X62",
    title="The runs of a schedule fail one after the other",
    inject=inject,
    settled=lambda lab: results(lab, SCHEDULE)[-4:-1] == ["FAILED"] * 3,
    heal=lambda lab: set_up_anew(lab, SCHEDULE),
    causes=("temporal.schedule-failing",),
    names=(SCHEDULE, "Generic job workflow failed"),
    timeout_s=240.0,
    replaces_pods=True,
)
