"""Pods that an autoscaler's target selects, and that are not its own."""

import json
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab

IMAGE = "docker.io/lab/busybox:1"


def labels_of_worker(lab: Lab) -> dict[str, str]:
    """The labels by which the worker's Deployment selects."""
    found: dict[str, str] = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["selector"]["matchLabels"]
    return found


def container(*command: str) -> dict[str, Any]:
    """A container without requests."""
    return {"name": "main", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": list(command)}


def job(name: str, namespace: str, labels: dict[str, str], *command: str) -> dict[str, Any]:
    """A Job whose pod has these labels and no requests."""
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [container(*command)]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"backoffLimit": 0, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def autoscaler(name: str, namespace: str) -> dict[str, Any]:
    """An autoscaler of the Deployment of the same name, by the usage of cpu."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4, "metrics": [metric]},
    }


def apply(lab: Lab, *objects: dict[str, Any]) -> None:
    """Create or change objects."""
    lab.kubectl("apply", "-f", "-", stdin="\n---\n".join(map(json.dumps, objects)))


def misses_request(lab: Lab, namespace: str, name: str) -> bool:
    """Whether the autoscaler says that a container has no request."""
    found = lab.item(namespace, "horizontalpodautoscaler", name)["status"].get("conditions", [])
    return any(each["status"] == "False" and "missing request" in each.get("message", "") for each in found)
