"""The command of a liveness probe takes longer than its timeout of a second (airflow-helm/charts#484)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    program = "import time, urllib.request; time.sleep(3); urllib.request.urlopen('http://127.0.0.1:8080/healthz')"
    probe = {"httpGet": None, "exec": {"command": ["python", "-c", program]}}
    SHOP.patch_container(lab, "deployment/storefront", "web", {"livenessProbe": probe})


FAULT = Fault(
    id="R19",
    title="The command of a liveness probe takes longer than its timeout",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.restarts(lab, "storefront") >= 2,
    heal=nothing,
    causes=("health.probe-timeout-short",),
    names=("storefront",),
    timeout_s=200.0,
)
