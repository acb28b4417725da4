"""A canary's Deployment was deleted; its pods have an hour to end, poll on and fail what they get."""

import json

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _leaving
from tests.lab.faults.temporal._temporal import delete_workflows

NAME = "worker-canary"
REPLICAS = 3


def inject(lab: Lab) -> None:
    template = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]
    labels = {"app": NAME}
    template["metadata"]["labels"] = labels
    template["spec"]["terminationGracePeriodSeconds"] = _leaving.HOUR_S
    container = template["spec"]["containers"][0]
    container.update(_leaving.LINGERS, env=[*container["env"], {"name": "LAB_FAILING_JOBS", "value": "*"}])
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": worker.NAMESPACE},
        "spec": {"replicas": REPLICAS, "selector": {"matchLabels": labels}, "template": template},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment))
    wait_until(f"{NAME} is ready", lambda: sum(map(worker.is_ready, _pods(lab))) == REPLICAS, seconds=120)
    lab.kubectl("-n", worker.NAMESPACE, "delete", "deployment", NAME)
    wait_until(f"{NAME} is leaving", lambda: _are_leaving(lab), seconds=30)
    _leaving.start_jobs(lab)


def _pods(lab: Lab) -> list[JsonObject]:
    return lab.items(worker.NAMESPACE, "pods", f"app={NAME}")


def _are_leaving(lab: Lab) -> bool:
    return all("deletionTimestamp" in pod["metadata"] for pod in _pods(lab))


def heal(lab: Lab) -> None:
    delete_workflows(lab)
    lab.kubectl("-n", worker.NAMESPACE, "delete", "deployment", NAME, "--ignore-not-found")
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", "-l", f"app={NAME}", "--grace-period=1", "--wait=false")
    wait_until(f"{NAME} is gone", lambda: not _pods(lab), seconds=60)


FAULT = Fault(
    id="Y06d",
    title="Pods of a canary that was deleted still poll, and fail the jobs that they get",
    inject=inject,
    settled=_leaving.some_failed,
    heal=heal,
    causes=("temporal.polled-by-terminating",),
    names=(NAME,),
    timeout_s=120.0,
    stranger=True,
)
