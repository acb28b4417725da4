"""The short name is that of a Service in two namespaces, and the template searches the other one first."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.kubernetes.settings import DNS_ADDRESS
from tests.lab.scene import ORDERS, SHOP

SEARCHES = ["orders.svc.cluster.local", "shop.svc.cluster.local", "svc.cluster.local", "cluster.local"]
OTHER = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "catalog", "labels": {"app": "catalog"}},
    "spec": {"selector": {"app": "catalog"}, "ports": [{"name": "http", "port": 80}]},
}


def inject(lab: Lab) -> None:
    ORDERS.apply(lab, OTHER)
    config = {"nameservers": [DNS_ADDRESS], "searches": SEARCHES, "options": [{"name": "ndots", "value": "5"}]}
    SHOP.patch(
        lab, "deployment/storefront", {"spec": {"template": {"spec": {"dnsPolicy": "None", "dnsConfig": config}}}}
    )


FAULT = Fault(
    id="Y03c",
    title="A short name is found in another namespace, which the template searches first",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed"),
    heal=lambda lab: lab.kubectl("-n", ORDERS.namespace, "delete", "service", "catalog", "--ignore-not-found"),
    causes=("network.resolved-elsewhere",),
    names=("catalog", "orders"),
    timeout_s=120.0,
    stranger=True,
)
