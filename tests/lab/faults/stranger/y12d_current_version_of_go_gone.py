"""A worker with a version was tried, set current and removed; the workers of now have no version."""

import json
from datetime import UTC, datetime

from tests.lab.cluster import Lab, LabError, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _versions
from tests.lab.scene import SHIPPING
from tests.lab.services.workers import PLAIN

NAME = "parcel-worker-next"
DEPLOYMENT, BUILD, QUEUE = "parcels", "next-7d1c", "parcels"
NAMESPACE = ("--namespace", SHIPPING.namespace)
GONE_AT = "the version is gone since"


def inject(lab: Lab) -> None:
    template = lab.item(SHIPPING.namespace, "deployment", "parcel-worker")["spec"]["template"]
    template["metadata"]["labels"] = {"app": NAME}
    version = {"TEMPORAL_DEPLOYMENT_NAME": DEPLOYMENT, "TEMPORAL_WORKER_BUILD_ID": BUILD}
    template["spec"]["containers"][0]["env"] = [{"name": name, "value": value} for name, value in version.items()]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": SHIPPING.namespace},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": NAME}}, "template": template},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment))
    wait_until(f"{NAME} polls", lambda: _polls(lab), seconds=90)
    _versions.set_current(lab, DEPLOYMENT, BUILD, server=PLAIN, namespace=SHIPPING.namespace)
    lab.kubectl("-n", SHIPPING.namespace, "delete", "deployment", NAME)
    for number in range(4):
        which = ("--workflow-id", f"lab-parcel-{number}", "--type", "OrderWorkflow", "--task-queue", QUEUE)
        _versions.temporal(lab, PLAIN, "workflow", "start", *NAMESPACE, *which, "--input", '"lab"')
    lab.memory[GONE_AT] = datetime.now(UTC).isoformat()


def _polls(lab: Lab) -> bool:
    # This server does not know how today's command line names a version.
    try:
        return BUILD in _versions.temporal(
            lab, PLAIN, "worker", "deployment", "describe", "--name", DEPLOYMENT, *NAMESPACE
        )
    except LabError:
        return False


def is_settled(lab: Lab) -> bool:
    return (datetime.now(UTC) - datetime.fromisoformat(lab.memory[GONE_AT])).total_seconds() > 70


def heal(lab: Lab) -> None:
    _versions.set_current(lab, DEPLOYMENT, "", server=PLAIN, namespace=SHIPPING.namespace)
    query = ("--query", "WorkflowId STARTS_WITH 'lab-parcel-'", "--reason", "lab", "--yes")
    _versions.temporal(lab, PLAIN, "workflow", "delete", *NAMESPACE, *query)


FAULT = Fault(
    id="Y12d",
    title="New workflows of a worker in Go go to a version that was removed",
    scene=SHIPPING,
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.version-not-polled",),
    names=(QUEUE, BUILD),
    stranger=True,
)
