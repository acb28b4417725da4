"""The Temporal server ends at its start, because its database's schema is older than it needs.

The lab's server has SQLite, whose schema it makes by itself: a shell says in its place what the real one says.
"""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import NAMESPACE
from tests.lab.shape import crashes_saying

DEPLOYMENT = "temporal-frontend"
LINE = (
    'sql schema version compatibility check failed: version mismatch for keyspace/database: "temporal". '
    "Expected version: 1.17 cannot be greater than Actual version: 1.14"
)
STORED = "command of the frontend"


def inject(lab: Lab) -> None:
    container = lab.item(NAMESPACE, "deployment", DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]
    lab.memory[STORED] = "\n".join(container["command"])
    set_command(lab, ["sh", "-c", f"echo '{LINE}' >&2; exit 1"])
    wait_until("the frontend crashes", lambda: _crashes(lab), seconds=90)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    set_command(lab, lab.memory[STORED].split("\n"))
    lab.kubectl("-n", NAMESPACE, "rollout", "status", f"deployment/{DEPLOYMENT}", "--timeout=50s")


def set_command(lab: Lab, command: list[str]) -> None:
    """Start the server by this command."""
    template = {"spec": {"containers": [{"name": "temporal", "command": command}]}}
    lab.patch(NAMESPACE, "deployment", DEPLOYMENT, {"spec": {"template": template}})


def _crashes(lab: Lab) -> bool:
    statuses = [each for pod in lab.items(NAMESPACE, "pods") for each in pod["status"].get("containerStatuses", [])]
    return any(each["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff" for each in statuses)


FAULT = Fault(
    id="T23",
    title="The Temporal server ends because its database's schema is too old",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=heal,
    causes=("temporal.no-endpoints",),
    names=(DEPLOYMENT, "schema version"),
    timeout_s=180.0,
)
