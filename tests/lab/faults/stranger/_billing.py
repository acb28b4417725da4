"""The worker in Python with its program changed, and workflows that it is to run."""

import json
from datetime import UTC, datetime
from pathlib import Path

import tests.lab.services
from tests.lab.cluster import Lab, wait_until
from tests.lab.faults.temporal._temporal import QUIET, in_frontend, temporal
from tests.lab.scene import BILLING

QUEUE = "invoices"
WORKFLOW = "InvoiceWorkflow"
IN_NAMESPACE = ("--namespace", "billing")
_PROGRAM = Path(tests.lab.services.__file__).parent / "python/billing/worker.py"


def change_program(lab: Lab, *changes: tuple[str, str]) -> None:
    """Begin a rollout of workers whose program has texts replaced; it is a ConfigMap mounted over the image's."""
    text = _PROGRAM.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    name = "invoice-worker-program"
    BILLING.apply(
        lab, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"worker.py": text}}
    )
    mount = {"name": name, "mountPath": "/app/billing/worker.py", "subPath": "worker.py"}
    template = {
        "spec": {
            "containers": [{"name": "worker", "volumeMounts": [mount]}],
            "volumes": [{"name": name, "configMap": {"name": name}}],
        }
    }
    BILLING.patch(lab, "statefulset/invoice-worker", {"spec": {"template": template}})
    lab.kubectl("-n", BILLING.namespace, "rollout", "status", "statefulset/invoice-worker", "--timeout=55s")


def start(lab: Lab, number: int, argument: str = '"invoice-7"') -> None:
    """Start executions, which `forget` takes away."""
    options = f"--namespace billing --type {WORKFLOW} --task-queue {QUEUE} --input '{argument}'"
    one = f"temporal workflow start --workflow-id lab-invoice-$each {options} {QUIET}"
    in_frontend(lab, f"for each in $(seq {number}); do {one}; done")


def forget(lab: Lab) -> None:
    """Delete what `start` started, running or ended."""
    query = 'WorkflowId STARTS_WITH "lab-"'
    temporal(lab, "workflow", "delete", *IN_NAMESPACE, "--query", query, "--reason", "lab", "--yes")
    wait_until("workflows are deleted", lambda: described(lab, "count", "--query", query) == "{}", seconds=60)


def described(lab: Lab, verb: str, *options: str) -> str:
    """What `temporal workflow` prints in the worker's namespace, as JSON."""
    return temporal(lab, "workflow", verb, *IN_NAMESPACE, *options, "--output", "json").strip()


def attempts(lab: Lab, workflow: str) -> int:
    """How often the present task of a workflow has been tried."""
    found = json.loads(described(lab, "describe", "--workflow-id", workflow))
    return int(found.get("pendingWorkflowTask", {}).get("attempt", 0))


def waits_for_activity(lab: Lab, workflow: str, seconds: float) -> bool:
    """Whether an activity of a workflow has been scheduled for so long and not started."""
    pending = json.loads(described(lab, "describe", "--workflow-id", workflow)).get("pendingActivities", [])
    scheduled = [
        each["scheduledTime"].partition(".")[0].rstrip("Z") for each in pending if not each.get("lastStartedTime")
    ]
    times = [datetime.fromisoformat(f"{each}+00:00") for each in scheduled]
    return any((datetime.now(UTC) - each).total_seconds() > seconds for each in times)
