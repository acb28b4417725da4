"""A proxy is set for all hosts, those of the cluster included (keptn-contrib/dynatrace-service#461)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

VARIABLE, PROXY = "HTTP_PROXY", "http://proxy.corp.example:3128"


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "configmap/shop-settings", {"data": {VARIABLE: PROXY}})
    SHOP.restart(lab, "deployment/storefront")


FAULT = Fault(
    id="R15",
    title="A proxy is set for the hosts of the cluster, too",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", " ERROR "),
    heal=nothing,
    causes=("config.proxy-intercepts",),
    names=(VARIABLE, "catalog"),
)
