"""A liveness probe asks the backend, which was scaled to zero, so the frontend is restarted for good.

As in vectorize-io/hindsight#3329.
"""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    asked = _shop.request("http://catalog/healthz")
    probe = {"httpGet": None, "timeoutSeconds": 5, "exec": {"command": asked}}
    SHOP.patch_container(lab, "deployment/storefront", "web", {"livenessProbe": probe})
    lab.kubectl("-n", SHOP.namespace, "rollout", "status", "deployment/storefront", "--timeout=58s")
    lab.kubectl("-n", SHOP.namespace, "scale", "deployment/catalog", "--replicas=0")


FAULT = Fault(
    id="R20",
    title="A liveness probe asks a backend that was scaled to zero",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.restarts(lab, "storefront") >= 2,
    heal=nothing,
    causes=("workload.scaled-to-zero",),
    names=("catalog",),
    timeout_s=240.0,
)
