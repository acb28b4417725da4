"""All ReplicaSets but the one of now were deleted, as a person tidies up: no revision is left to return to."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.restart(lab, "deployment/catalog")
    lab.kubectl("-n", SHOP.namespace, "rollout", "status", "deployment/catalog", "--timeout=55s")
    empty = [
        each["metadata"]["name"] for each in lab.items(SHOP.namespace, "replicasets") if not each["spec"]["replicas"]
    ]
    lab.kubectl("-n", SHOP.namespace, "delete", "replicaset", *empty)


FAULT = Fault(
    id="N76",
    title="The ReplicaSets of earlier versions are gone",
    scene=SHOP,
    inject=inject,
    settled=SHOP.is_healthy,
    heal=nothing,
    causes=(),
)
