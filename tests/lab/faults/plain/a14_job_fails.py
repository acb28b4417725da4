"""Port 8080 is that of the pods."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.change_job(
        lab, "import-products", {"env": [{"name": "PRODUCTS_URL", "value": "http://catalog.shop:8080/products"}]}
    )


FAULT = Fault(
    id="A14",
    title="A Job fails as its Service has another port",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_failed(lab, "import-products"),
    heal=nothing,
    causes=("network.refused",),
    names=("catalog.shop", "8080"),
    timeout_s=240,
)
