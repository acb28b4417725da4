"""The Deployment of a version was removed while a workflow is pinned to it; nothing waits for it to be drained."""

import json
from datetime import UTC, datetime

from tests.lab.cluster import Lab, LabError
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _versions
from tests.lab.scene import ORDERS
from tests.lab.services.workers import CERTIFICATES, WITH_TLS

DEPLOYMENT, BUILD, QUEUE = "orders/orders", "v1-41d8", "orders"
NUMBER = 3
STARTED = "WorkflowId STARTS_WITH 'lab-order-'"
GONE_AT = "the version is gone since"


def inject(lab: Lab) -> None:
    for number in range(NUMBER):
        which = ("--namespace", ORDERS.namespace, "--workflow-id", f"lab-order-{number}")
        kind = ("--type", "OrderWorkflow", "--task-queue", QUEUE, "--input", '"lab"', "--start-delay", "20s")
        _versions.temporal(lab, WITH_TLS, "workflow", "start", *which, *kind)
        _versions.pin(lab, f"lab-order-{number}", DEPLOYMENT, BUILD, server=WITH_TLS, namespace=ORDERS.namespace)
    lab.kubectl("-n", ORDERS.namespace, "delete", "deployment", f"orders-{BUILD}")
    lab.memory[GONE_AT] = datetime.now(UTC).isoformat()


def is_settled(lab: Lab) -> bool:
    running = ("--namespace", ORDERS.namespace, "--query", f"{STARTED} AND ExecutionStatus = 'Running'")
    counted = json.loads(_versions.temporal(lab, WITH_TLS, "workflow", "count", *running, "--output", "json"))
    if int(counted.get("count", 0)) != NUMBER:
        raise LabError("the workflows are not open")
    return (datetime.now(UTC) - datetime.fromisoformat(lab.memory[GONE_AT])).total_seconds() > 70


def heal(lab: Lab) -> None:
    query = ("--namespace", ORDERS.namespace, "--query", STARTED)
    _versions.temporal(lab, WITH_TLS, "workflow", "delete", *query, "--reason", "lab", "--yes")


FAULT = Fault(
    id="Y12b",
    title="Open workflows are pinned to a version of a WorkerDeployment that was removed",
    scene=ORDERS,
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.version-not-polled",),
    names=(BUILD,),
    command=(
        "all",
        *("--temporal-tls-ca", str(CERTIFICATES / "ca.crt")),
        *("--temporal-tls-cert", str(CERTIFICATES / "client.crt")),
        *("--temporal-tls-key", str(CERTIFICATES / "client.key")),
    ),
    stranger=True,
)
