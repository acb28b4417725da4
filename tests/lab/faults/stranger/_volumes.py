"""A volume for the shop's web server, which a fault makes unusable."""

import json
from typing import Any

from tests.lab.cluster import JsonObject, Lab, wait_until
from tests.lab.scene import SHOP

NAME = "catalog-pictures"


def mount(lab: Lab, mode: str, **spec: Any) -> None:
    """Begin a rollout of pods that mount a claim, bound to a volume with this access mode and specification."""
    size = {"storage": "1Mi"}
    bound = {"storageClassName": "", "accessModes": [mode], "volumeName": NAME, "resources": {"requests": size}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": NAME}, "spec": bound}
    path = {"path": f"/tmp/lab-{NAME}", "type": "DirectoryOrCreate"}
    of = {"namespace": SHOP.namespace, "name": NAME}
    stored = {"storageClassName": "", "accessModes": [mode], "capacity": size, "claimRef": of, "hostPath": path}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": NAME}, "spec": {**stored, **spec}}
    wait_until("the volume of before is gone", lambda: not _volume(lab), seconds=30)
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(volume))
    SHOP.apply(lab, claim)
    container: JsonObject = {"name": "web", "volumeMounts": [{"name": "pictures", "mountPath": "/pictures"}]}
    source = {"name": "pictures", "persistentVolumeClaim": {"claimName": NAME}}
    template = {"spec": {"containers": [container], "volumes": [source]}}
    SHOP.patch(lab, "deployment/catalog", {"spec": {"template": template}})


def remove(lab: Lab) -> None:
    """Take the volume and its claim away, which stay for as long as pods use them."""
    lab.kubectl("-n", SHOP.namespace, "rollout", "undo", "deployment/catalog")
    for kind in ("persistentvolumeclaim", "persistentvolume"):
        lab.kubectl("-n", SHOP.namespace, "delete", kind, NAME, "--ignore-not-found", "--wait=false")


def is_unschedulable(lab: Lab, text: str) -> bool:
    """Whether a pod has no node, for a reason with this text."""
    conditions = [each for pod in SHOP.pods(lab, "catalog") for each in pod["status"].get("conditions", [])]
    return any(each["type"] == "PodScheduled" and text in each.get("message", "") for each in conditions)


def _volume(lab: Lab) -> str:
    return lab.kubectl("get", "persistentvolume", NAME, "--ignore-not-found", "-o", "name")
