"""More workloads of the shop."""

from typing import Any

from tests.lab.cluster import JsonObject, Lab
from tests.lab.faults.stranger._scaling import IMAGE
from tests.lab.scene import SHOP

RESOURCES = {"requests": {"cpu": "5m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}}
BUSYBOX = IMAGE


def python_image(lab: Lab) -> str:
    """The image of the shop's programs."""
    template = lab.item(SHOP.namespace, "deployment", "catalog")["spec"]["template"]
    found: str = template["spec"]["containers"][0]["image"]
    return found


def container(image: str, *command: str, **more: Any) -> dict[str, Any]:
    """A container of such a workload."""
    given = {"name": "main", "image": image, "imagePullPolicy": "IfNotPresent", "command": list(command)}
    return {**given, "resources": RESOURCES, **more}


def deployment(name: str, run: dict[str, Any], labels: dict[str, str] | None = None, **pod: Any) -> JsonObject:
    """A Deployment of one pod, with more fields of its pod's spec."""
    chosen = labels or {"app": name}
    spec = {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 1, "containers": [run], **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": chosen},
            "template": {"metadata": {"labels": chosen}, "spec": spec},
        },
    }


def config(name: str, **data: str) -> JsonObject:
    """A ConfigMap of the shop, `_` of its keys as `.`."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {key.replace("_", "."): text for key, text in data.items()},
    }


def request(url: str) -> list[str]:
    """A command that succeeds where a URL answers."""
    program = f"import urllib.request; urllib.request.urlopen({url!r}, timeout=2)"
    return ["python", "-c", program]


def replace_all_at_once(lab: Lab, name: str, pod: dict[str, Any]) -> None:
    """Change the pods of a Deployment, none of which stays meanwhile."""
    strategy = {"type": "Recreate", "rollingUpdate": None}
    SHOP.patch(lab, f"deployment/{name}", {"spec": {"strategy": strategy, "template": {"spec": pod}}})
