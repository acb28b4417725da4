"""A scheduling gate in the template, which nothing removes (kubernetes-sigs/kueue#9482)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

GATE = "quota.example.com/admitted"


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "deployment/catalog", {"spec": {"template": {"spec": {"schedulingGates": [{"name": GATE}]}}}})


def is_gated(lab: Lab) -> bool:
    conditions = [each for pod in SHOP.pods(lab, "catalog") for each in pod["status"].get("conditions", [])]
    return any(each.get("reason") == "SchedulingGated" for each in conditions)


FAULT = Fault(
    id="Z20",
    title="The pods wait for a scheduling gate",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=is_gated,
    heal=nothing,
    causes=("workload.scheduling-gated",),
    names=(GATE,),
)
