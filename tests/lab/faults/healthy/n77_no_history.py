"""The Deployment keeps no ReplicaSet of an earlier version (revisionHistoryLimit: 0), and was rolled out lately."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    SHIPPING.patch(lab, "deployment/parcel-worker", {"spec": {"revisionHistoryLimit": 0}})
    SHIPPING.restart(lab, "deployment/parcel-worker")
    lab.kubectl("-n", SHIPPING.namespace, "rollout", "status", "deployment/parcel-worker", "--timeout=55s")


FAULT = Fault(
    id="N77",
    title="A Deployment that keeps no earlier version, after a rollout",
    scene=SHIPPING,
    inject=inject,
    settled=SHIPPING.is_healthy,
    heal=nothing,
    causes=(),
)
