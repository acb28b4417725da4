"""The last run of a daily schedule failed: no incident, and yet its day's work is not done."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._schedules import change, set_up_anew
from tests.lab.faults.temporal._temporal import count, temporal

SCHEDULE = "maintenance-fanout:expired-credits"
DAY_S = 86400
FAILED = f"TemporalScheduledById = '{SCHEDULE}' AND ExecutionStatus = 'Failed'"


def inject(lab: Lab) -> None:
    change(lab, SCHEDULE, "genericJobWorkflow", "alga-jobs", {"failWorkflow": True}, DAY_S)
    temporal(lab, "schedule", "trigger", "--schedule-id", SCHEDULE)


FAULT = Fault(
    id="X62b",
    title="The last run of a daily schedule failed",
    inject=inject,
    settled=lambda lab: count(lab, FAILED) >= 1,
    heal=lambda lab: set_up_anew(lab, SCHEDULE),
    causes=("temporal.last-run-failed",),
    names=(SCHEDULE, "Generic job workflow failed"),
    command=("audit", "--only", "temporal.last-runs"),
    replaces_pods=True,
    warns=True,
)
