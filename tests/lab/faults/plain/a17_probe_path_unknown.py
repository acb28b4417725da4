"""The program is killed again and again."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    probe = {"httpGet": {"path": "/livez", "port": "http"}}
    SHOP.patch_container(lab, "deployment/catalog", "web", {"livenessProbe": probe, "readinessProbe": probe})


FAULT = Fault(
    id="A17",
    title="Both probes ask a path that the program answers with 404",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: (
        SHOP.restarts(lab, "catalog") > 0 and SHOP.has_event(lab, "catalog", "statuscode: 404", times=3)
    ),
    heal=nothing,
    causes=("health.path-not-found",),
    names=("/livez",),
    timeout_s=180,
)
