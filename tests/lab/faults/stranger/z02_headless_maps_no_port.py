"""A headless Service leads to the pods' addresses, so its targetPort means nothing (kubernetes/kubernetes#131270)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    heal(lab)
    spec = {"clusterIP": "None", "selector": {"app": "catalog"}, "ports": [{"port": 80, "targetPort": 8080}]}
    SHOP.apply(lab, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "catalog"}, "spec": spec})


def heal(lab: Lab) -> None:
    # An address cannot be given to it later.
    lab.kubectl("-n", SHOP.namespace, "delete", "service", "catalog", "--ignore-not-found")


FAULT = Fault(
    id="Z02",
    title="A headless Service is called at a port that only its targetPort translates",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "refused"),
    heal=heal,
    causes=("network.headless-port",),
    names=("catalog", "8080"),
)
