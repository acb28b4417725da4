"""The template names a node that is gone: no scheduler places the pods, and the garbage collector deletes them.

As in kubernetes/kubernetes#64412 and castai/cluster-controller#180.
"""

from datetime import UTC, datetime, timedelta

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

NODE = "lab-9"
WAITED = timedelta(seconds=20)


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "deployment/catalog", {"spec": {"template": {"spec": {"nodeName": NODE}}}})


def is_pending(lab: Lab) -> bool:
    bound = [pod["metadata"] for pod in SHOP.pods(lab, "catalog") if pod["spec"].get("nodeName") == NODE]
    return any(datetime.now(UTC) - datetime.fromisoformat(each["creationTimestamp"]) > WAITED for each in bound)


FAULT = Fault(
    id="Z18",
    title="The pods are bound to a node that does not exist",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=is_pending,
    heal=nothing,
    causes=("workload.node-not-found",),
    names=(NODE,),
)
