"""A schedule pauses itself when a run fails, and one did (temporalio/temporal#11163)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._schedules import set_up_anew
from tests.lab.faults.temporal._temporal import schedules, temporal

SCHEDULE = "email-polling-reconcile-schedule"
FAILING = {"jobName": "rmm-sync", "failWorkflow": True}


def inject(lab: Lab) -> None:
    options = ("--type", "genericJobWorkflow", "--task-queue", "alga-jobs", "--input", json.dumps(FAILING))
    named = ("--schedule-id", SCHEDULE, "--workflow-id", f"lab-{SCHEDULE}", "--interval", "10s")
    temporal(lab, "schedule", "update", *named, *options, "--pause-on-failure")


FAULT = Fault(
    id="Z50",
    title="A schedule has paused itself after a failed run",
    stranger=True,
    inject=inject,
    settled=lambda lab: '"paused": true' in schedules(lab),
    heal=lambda lab: set_up_anew(lab, SCHEDULE),
    causes=("temporal.schedule-paused",),
    names=(SCHEDULE, "failure"),
    replaces_pods=True,
)
