"""The pod wants a port of its node that another pod has on every node."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.shape import is_unschedulable

NAME = "lab-port-holder"
NAMESPACE = "default"
PORT = 18080


def inject(lab: Lab) -> None:
    labels = {"app": NAME}
    container = {
        "name": "holder",
        "image": "docker.io/lab/busybox:1",
        "command": ["sleep", "100000"],
        "ports": [{"containerPort": 8080, "hostPort": PORT}],
    }
    holder = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
            },
        },
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(holder))
    wait_until("the ports are held", lambda: _holds_all(lab), seconds=60)
    worker.patch_container(lab, {"ports": [{"name": "health", "containerPort": 8080, "hostPort": PORT}]})


def _holds_all(lab: Lab) -> bool:
    status = lab.item(NAMESPACE, "daemonset", NAME)["status"]
    desired, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    return bool(desired) and bool(desired == ready)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", NAMESPACE, "delete", "daemonset", NAME, "--ignore-not-found")


FAULT = Fault(
    id="X11",
    title="A host port is taken on every node",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "free ports"),
    heal=heal,
    causes=("workload.host-port-taken",),
    names=(str(PORT),),
)
