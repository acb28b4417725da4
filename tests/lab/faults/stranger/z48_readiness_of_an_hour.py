"""New pods count as available after an hour, so a rolling update of two takes two hours."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    patience = {"minReadySeconds": 3600, "progressDeadlineSeconds": 8000}
    SHOP.patch(lab, "deployment/catalog", {"spec": patience})
    SHOP.set_env(lab, "deployment/catalog", "CATALOG_SEASON=winter")


def is_waiting(lab: Lab) -> bool:
    status = lab.item(SHOP.namespace, "deployment", "catalog")["status"]
    return bool(status.get("readyReplicas", 0) == 3 and status.get("updatedReplicas", 0) == 1)


FAULT = Fault(
    id="Z48",
    title="A rollout waits an hour for each pod that is ready",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=is_waiting,
    heal=nothing,
    causes=("release.waits-min-ready",),
    names=("catalog", "minReadySeconds"),
    warns=True,
)
