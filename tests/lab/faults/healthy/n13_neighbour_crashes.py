"""Another workload of the namespace crashes, with which the worker has nothing to do."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault

NAME = "lab-neighbour"


def inject(lab: Lab) -> None:
    container = {"name": "main", "image": "docker.io/lab/busybox:1", "command": ["sh", "-c", "echo error; exit 1"]}
    labels = {"app": NAME}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": worker.NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment))


def is_settled(lab: Lab) -> bool:
    pods = lab.items(worker.NAMESPACE, "pods", f"app={NAME}")
    return any(each["restartCount"] > 1 for pod in pods for each in pod["status"].get("containerStatuses", []))


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "deployment", NAME, "--ignore-not-found")


FAULT = Fault(
    id="N13",
    title="Healthy beside another workload that crashes",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=(),
)
