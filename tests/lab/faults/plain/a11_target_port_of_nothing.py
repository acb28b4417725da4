"""The program listens on 8080."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": 8081}]
    SHOP.patch(lab, "service/catalog", {"spec": {"ports": ports}})
    SHOP.restart(lab, "deployment/storefront")


FAULT = Fault(
    id="A11",
    title="The targetPort of a Service is one where nothing listens",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "storefront", "refused"),
    heal=nothing,
    causes=("health.service-port-mismatch",),
    names=(
        "catalog",
        "8081",
    ),
)
