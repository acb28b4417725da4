"""Temporal's own worker, which runs the schedules, is away; frontend, matching and history serve as before."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.temporal._schedules import next_start_passed
from tests.lab.faults.temporal._temporal import FRONTEND, NAMESPACE

SCHEDULE = "maintenance-fanout:inbound-email-recovery"
OFF = ["--dynamic-config-value", "worker.perNamespaceWorkerCount=0"]


def inject(lab: Lab) -> None:
    server = lab.item(NAMESPACE, "deployment", "temporal-frontend")["spec"]["template"]["spec"]["containers"][0]
    lab.memory["command"] = json.dumps(server["command"])
    set_command(lab, [*server["command"], *OFF])


def set_command(lab: Lab, command: list[str]) -> None:
    """Start the server anew with this command."""
    container = {"name": "temporal", "command": command}
    lab.patch(
        NAMESPACE, "deployment", "temporal-frontend", {"spec": {"template": {"spec": {"containers": [container]}}}}
    )
    lab.kubectl("-n", NAMESPACE, "rollout", "status", FRONTEND, "--timeout=50s")


def heal(lab: Lab) -> None:
    set_command(lab, json.loads(lab.memory["command"]))
    wait_until("schedules go on", lambda: not next_start_passed(lab, SCHEDULE, 30), seconds=120)


FAULT = Fault(
    id="T27",
    title="Temporal's own worker, which runs the schedules, is away",
    inject=inject,
    settled=lambda lab: worker.is_healthy(lab) and next_start_passed(lab, SCHEDULE, 130),
    heal=heal,
    causes=("temporal.schedule-overdue",),
    names=(SCHEDULE,),
    timeout_s=400.0,
)
