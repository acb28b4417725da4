"""A run of a schedule waits for what never comes, and the schedule skips all further ones (PostHog/posthog#47045)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.faults.temporal._temporal import temporal
from tests.lab.scene import BILLING

SCHEDULE = "nightly-invoices"
CALL = "        return await workflow.execute_activity("


def inject(lab: Lab) -> None:
    _billing.change_program(lab, (CALL, f"        await workflow.wait_condition(lambda: False)\n{CALL}"))
    started = ("--workflow-id", "lab-nightly", "--type", _billing.WORKFLOW, "--task-queue", _billing.QUEUE)
    when = ("--interval", "10s", "--input", '"invoice-7"')
    temporal(lab, "schedule", "create", "--schedule-id", SCHEDULE, *_billing.IN_NAMESPACE, *started, *when)


def has_skipped(lab: Lab) -> bool:
    which = ("--schedule-id", SCHEDULE, *_billing.IN_NAMESPACE)
    found = json.loads(temporal(lab, "schedule", "describe", *which, "--output", "json"))
    return int(found["info"].get("overlapSkipped", 0)) >= 11


def heal(lab: Lab) -> None:
    temporal(lab, "schedule", "delete", "--schedule-id", SCHEDULE, *_billing.IN_NAMESPACE)
    _billing.forget(lab)


FAULT = Fault(
    id="R07",
    title="A run of a schedule waits for what never comes",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=has_skipped,
    heal=heal,
    causes=("temporal.schedule-blocked",),
    names=(SCHEDULE,),
    warns=True,
    # The login of its user needs a pod with its password.
    unknown=True,
    timeout_s=180.0,
)
