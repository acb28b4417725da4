"""A finalizer that nobody removes retains a deleted pod, and the StatefulSet waits for its name.

As in kubernetes-sigs/kueue#8268.
"""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP

POD, FINALIZER = "carts-1", "storage.example.com/detach"


def inject(lab: Lab) -> None:
    _set_finalizers(lab, POD, [FINALIZER])
    lab.kubectl("-n", SHOP.namespace, "delete", "pod", POD, "--wait=false")


def heal(lab: Lab) -> None:
    for pod in SHOP.pods(lab, "carts"):
        _set_finalizers(lab, pod["metadata"]["name"], [])


def is_left(lab: Lab) -> bool:
    pod = lab.item(SHOP.namespace, "pod", POD)
    ended = all("terminated" in each["state"] for each in pod["status"]["containerStatuses"])
    return ended and "deletionTimestamp" in pod["metadata"]


def _set_finalizers(lab: Lab, pod: str, names: list[str]) -> None:
    change = json.dumps({"metadata": {"finalizers": names}})
    lab.kubectl("-n", SHOP.namespace, "patch", "pod", pod, "--type=merge", "-p", change)


FAULT = Fault(
    id="Z16",
    title="A finalizer keeps a deleted pod of a StatefulSet",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=is_left,
    heal=heal,
    causes=("workload.finalizer-blocks",),
    names=(POD, FINALIZER),
)
