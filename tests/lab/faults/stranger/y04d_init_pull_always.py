"""An init container's image is on the nodes, where the DaemonSet of another team runs it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING

WAITS = {
    "name": "settings",
    "image": "docker.io/lab/busybox:1",
    "imagePullPolicy": "Always",
    "command": ["sh", "-c", "echo settings are there"],
}


def inject(lab: Lab) -> None:
    SHIPPING.patch(lab, "deployment/parcel-worker", {"spec": {"template": {"spec": {"initContainers": [WAITS]}}}})


def is_settled(lab: Lab) -> bool:
    return any(
        status.get("state", {}).get("waiting", {}).get("reason") == "ImagePullBackOff"
        for pod in SHIPPING.pods(lab, "parcel-worker")
        for status in pod["status"].get("initContainerStatuses", [])
    )


FAULT = Fault(
    id="Y04d",
    title="The pull policy of an init container is Always for an image that only the nodes have",
    scene=SHIPPING,
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("workload.image-pull-policy",),
    names=("settings", "Always"),
    stranger=True,
)
