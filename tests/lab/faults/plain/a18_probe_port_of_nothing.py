"""The program is killed again and again."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch_container(
        lab, "deployment/catalog", "web", {"livenessProbe": {"httpGet": {"path": "/healthz", "port": 80}}}
    )


FAULT = Fault(
    id="A18",
    title="The liveness probe asks a port where nothing listens",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.restarts(lab, "catalog") > 0,
    heal=nothing,
    causes=("health.port-mismatch",),
    names=("80",),
    timeout_s=180,
)
