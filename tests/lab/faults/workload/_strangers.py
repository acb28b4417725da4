"""Pods beside the worker that have nothing to do with it, made for a fault and taken away."""

import json
from typing import Any

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab

NAME = "lab-stranger"
IMAGE = "docker.io/lab/busybox:1"


def pod_spec(*command: str, **more: Any) -> JsonObject:
    """A pod with one container that runs a command."""
    spec = {"terminationGracePeriodSeconds": 1, **more}
    container = {"name": "main", "image": IMAGE, "command": list(command), **spec.pop("container", {})}
    return {"containers": [container], **spec}


def make(lab: Lab, spec: JsonObject, name: str = NAME) -> None:
    """A pod that belongs to nobody."""
    _apply(lab, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})


def make_stateful(lab: Lab, spec: JsonObject) -> None:
    """A StatefulSet with one pod, which is called NAME-0."""
    labels = {"app": NAME}
    template = {"metadata": {"labels": labels}, "spec": spec}
    desired = {"serviceName": NAME, "replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    _apply(lab, {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": NAME}, "spec": desired})


def _apply(lab: Lab, thing: JsonObject) -> None:
    thing["metadata"]["namespace"] = worker.NAMESPACE
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(thing))


def status(lab: Lab, name: str = NAME) -> JsonObject:
    """What the cluster says of the pod."""
    found: JsonObject = lab.item(worker.NAMESPACE, "pod", name)["status"]
    return found


def waits_for(lab: Lab, reason: str, name: str = NAME, restarts: int = 0) -> bool:
    """Whether the container waits for that reason, after so many restarts at least."""
    containers = status(lab, name).get("containerStatuses", [])
    return any(
        each["state"].get("waiting", {}).get("reason") == reason and each["restartCount"] >= restarts
        for each in containers
    )


def remove(lab: Lab) -> None:
    """Take away what was made."""
    for kind in ("statefulset", "pod"):
        lab.kubectl("-n", worker.NAMESPACE, "delete", kind, NAME, "--ignore-not-found", "--grace-period=1")
