"""A pod is ready when its own Service answers, which answers when a pod is ready (mittwald/kube-httpcache#36)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

NAME = "catalog"


def inject(lab: Lab) -> None:
    probe = {"httpGet": None, "timeoutSeconds": 5, "exec": {"command": _shop.request(f"http://{NAME}/healthz")}}
    _shop.replace_all_at_once(lab, NAME, {"containers": [{"name": "web", "readinessProbe": probe}]})


FAULT = Fault(
    id="R16",
    title="A readiness probe asks the Service that waits for it",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, NAME, "Readiness probe failed", times=6),
    heal=nothing,
    causes=("health.probe-own-service",),
    names=(NAME,),
)
