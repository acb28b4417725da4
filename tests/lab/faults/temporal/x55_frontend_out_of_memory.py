"""The Temporal frontend is killed for its memory limit again and again."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying

NAMESPACE = "temporal"
DEPLOYMENT = "temporal-frontend"


def set_limit(lab: Lab, request: str, limit: str) -> None:
    """Give the server this memory."""
    resources = {"requests": {"memory": request}, "limits": {"memory": limit}}
    template = {"spec": {"containers": [{"name": "temporal", "resources": resources}]}}
    lab.patch(NAMESPACE, "deployment", DEPLOYMENT, {"spec": {"template": template}})


def inject(lab: Lab) -> None:
    set_limit(lab, "20Mi", "24Mi")
    wait_until("the frontend is killed", lambda: _is_killed(lab), seconds=90)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    set_limit(lab, "256Mi", "1Gi")
    lab.kubectl("-n", NAMESPACE, "rollout", "status", f"deployment/{DEPLOYMENT}", "--timeout=120s")


def _is_killed(lab: Lab) -> bool:
    statuses = [each for pod in lab.items(NAMESPACE, "pods") for each in pod["status"].get("containerStatuses", [])]
    return any(each.get("lastState", {}).get("terminated", {}).get("reason") == "OOMKilled" for each in statuses)


FAULT = Fault(
    id="X55",
    title="The Temporal frontend is killed for its memory limit",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=heal,
    causes=("temporal.no-endpoints",),
    names=("temporal-frontend", "OOMKilled"),
    timeout_s=180.0,
)
