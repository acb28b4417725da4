"""A probe's host is a Service, whose name the kubelet does not resolve (kubernetes/kubernetes#76438)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

HOST = "storefront.shop.svc.cluster.local"


def inject(lab: Lab) -> None:
    probe = {"httpGet": {"host": HOST, "port": 80, "path": "/healthz"}}
    SHOP.patch_container(lab, "deployment/storefront", "web", {"readinessProbe": probe})


FAULT = Fault(
    id="R25",
    title="The host of a probe is a Service",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, "storefront", "Readiness probe failed", times=4),
    heal=nothing,
    causes=("health.probe-host",),
    names=(HOST,),
)
