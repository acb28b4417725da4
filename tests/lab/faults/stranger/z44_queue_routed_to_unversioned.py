"""All workers are of a version, and Temporal sends new workflows to workers without one.

As in temporalio/temporal-worker-controller#172, whose subject is how one gives versions up.
"""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import ORDERS
from tests.lab.services.workers import CERTIFICATES

SERVER = ("-n", "temporal-tls", "exec", "deployment/temporal-frontend", "--", "temporal")
DEPLOYMENT = ("--deployment-name", "orders/orders", "--namespace", "orders", "--yes")
STARTED, WAITED_S = "workflows wait since", 45


def inject(lab: Lab) -> None:
    _set_current(lab, "--unversioned")
    options = ("--namespace", "orders", "--type", "OrderWorkflow", "--task-queue", "orders", "--input", '"4711"')
    for number in range(6):
        lab.kubectl(*SERVER, "workflow", "start", *options, "--workflow-id", f"lab-order-{number}")
    lab.memory[STARTED] = datetime.now(UTC).isoformat()


def has_waited(lab: Lab) -> bool:
    return (datetime.now(UTC) - datetime.fromisoformat(lab.memory[STARTED])).total_seconds() > WAITED_S


def heal(lab: Lab) -> None:
    _set_current(lab, "--build-id", "v2-9c3e")
    query = ("--query", 'WorkflowId STARTS_WITH "lab-"', "--reason", "lab", "--yes")
    lab.kubectl(*SERVER, "workflow", "delete", "--namespace", "orders", *query)


def _set_current(lab: Lab, *which: str) -> None:
    lab.kubectl(*SERVER, "worker", "deployment", "set-current-version", *DEPLOYMENT, *which)


FAULT = Fault(
    id="Z44",
    title="New workflows are for workers without a version, and all have one",
    stranger=True,
    scene=ORDERS,
    inject=inject,
    settled=has_waited,
    heal=heal,
    causes=("temporal.version-not-polled",),
    names=("orders", "without one"),
    # Only Temporal knows it, which demands a certificate.
    command=(
        "all",
        *("--temporal-tls-ca", str(CERTIFICATES / "ca.crt")),
        *("--temporal-tls-cert", str(CERTIFICATES / "client.crt")),
        *("--temporal-tls-key", str(CERTIFICATES / "client.key")),
    ),
)
