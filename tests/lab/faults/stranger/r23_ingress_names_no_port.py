"""An Ingress names a port of its Service by the name of the container's one (kubernetes/ingress-nginx#250)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP

NAME, PORT = "storefront", "web"


def inject(lab: Lab) -> None:
    backend = {"service": {"name": "storefront", "port": {"name": PORT}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    rule = {"host": "shop.example.com", "http": {"paths": paths}}
    meta = {"name": NAME}
    SHOP.apply(
        lab, {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": {"rules": [rule]}}
    )


FAULT = Fault(
    id="R23",
    title="An Ingress names a port that its Service does not have",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: bool(lab.items(SHOP.namespace, "ingress")),
    heal=lambda lab: lab.kubectl("-n", SHOP.namespace, "delete", "ingress", NAME, "--ignore-not-found"),
    causes=("network.ingress-backend-missing",),
    names=(NAME, PORT),
)
