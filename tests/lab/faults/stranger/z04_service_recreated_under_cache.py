"""The Service was made anew and has another address; the cache of DNS keeps the old one for an hour.

As in kubernetes/dns#60 and coredns/coredns#5731.
"""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _dns
from tests.lab.scene import SHOP

NAME = "catalog"


def inject(lab: Lab) -> None:
    before = lab.item(_dns.NAMESPACE, "configmap", _dns.CONFIG)["data"]["Corefile"]
    _dns.configure(
        lab, before.replace("pods insecure", "pods insecure\n        ttl 3600").replace("cache 10", "cache 3600")
    )
    resolve = "import socket; socket.gethostbyname('catalog')"
    lab.kubectl("-n", SHOP.namespace, "exec", "deployment/storefront", "--", "python", "-c", resolve)
    service = lab.item(SHOP.namespace, "service", NAME)
    spec = {key: service["spec"][key] for key in ("selector", "ports")}
    old = service["spec"]["clusterIP"]
    lab.kubectl("-n", SHOP.namespace, "delete", "service", NAME)
    made = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": NAME}, "spec": spec}
    SHOP.apply(lab, made)
    if lab.item(SHOP.namespace, "service", NAME)["spec"]["clusterIP"] == old:
        lab.kubectl("-n", SHOP.namespace, "delete", "service", NAME)
        lab.kubectl("-n", SHOP.namespace, "create", "-f", "-", stdin=json.dumps(made))


def heal(lab: Lab) -> None:
    lab.kubectl("-n", SHOP.namespace, "delete", "service", NAME, "--ignore-not-found")
    _dns.restore(lab)


FAULT = Fault(
    id="Z04",
    title="DNS keeps the address that a Service had before it was made anew",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "failed: "),
    heal=heal,
    causes=("network.resolved-elsewhere",),
    names=("catalog",),
)
