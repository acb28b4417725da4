"""Two Deployments wait, each before its start, for the other one (eminaktas/kubedns-shepherd#25, helm/charts#5266)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

PAIR = ("storefront", "catalog")


def inject(lab: Lab) -> None:
    # All pods of before are gone, as after an outage: one of them would let the others start.
    for name in PAIR:
        lab.scale(SHOP.namespace, f"deployment/{name}", 0)
    for name, other in (PAIR, PAIR[::-1]):
        script = (
            f"until timeout 3 wget -q -O /dev/null http://{other}/healthz; do echo waiting for {other}; sleep 2; done"
        )
        wait = _shop.container(_shop.BUSYBOX, "sh", "-c", script, name=f"wait-for-{other}")
        _shop.replace_all_at_once(lab, name, {"initContainers": [wait]})
    for name in PAIR:
        lab.kubectl("-n", SHOP.namespace, "scale", f"deployment/{name}", "--replicas=2")


FAULT = Fault(
    id="R17",
    title="Two workloads wait for each other",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: all(SHOP.is_older(lab, name, 60) and SHOP.logs(lab, name, "waiting for") for name in PAIR),
    heal=nothing,
    causes=("workload.waits-in-circle",),
    names=PAIR,
    timeout_s=180.0,
)
