"""Another Deployment's pods have the labels of a Service and do not listen (tektoncd/operator#3228)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

OTHER, SERVICE = "catalog-import", "catalog"


def inject(lab: Lab) -> None:
    run = _shop.container(_shop.BUSYBOX, "sleep", "86400")
    labels = {"app": SERVICE, "component": "import"}
    SHOP.apply(lab, _shop.deployment(OTHER, run, labels))


FAULT = Fault(
    id="R13",
    title="A Service selects the pods of another workload, too",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "Connection refused"),
    heal=nothing,
    causes=("network.service-selects-others",),
    names=(OTHER, SERVICE),
    timeout_s=180.0,
)
