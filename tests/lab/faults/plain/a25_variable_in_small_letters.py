"""The ConfigMap has the variable in small letters, as a file of settings has it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP, job

JOB, SETTINGS = "import-offers", "offer-settings"


def inject(lab: Lab) -> None:
    image = SHOP.pods(lab, "catalog")[0]["spec"]["containers"][0]["image"]
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": SETTINGS},
        "data": {"products_url": "http://catalog.shop.svc.cluster.local/products"},
    }
    container = {
        "name": "import",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "shop.job"],
        "envFrom": [{"configMapRef": {"name": SETTINGS}}],
    }
    SHOP.apply(lab, config, job(JOB, container))


FAULT = Fault(
    id="A25",
    title="A ConfigMap has a variable in small letters",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_failed(lab, JOB),
    heal=nothing,
    causes=("config.variable-not-passed",),
    names=(SETTINGS, "PRODUCTS_URL"),
)
