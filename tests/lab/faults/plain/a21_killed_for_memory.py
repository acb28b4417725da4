"""The limit is less than Python needs."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    resources = {"requests": {"memory": "6Mi"}, "limits": {"memory": "6Mi"}}
    SHOP.patch_container(lab, "deployment/catalog", "web", {"resources": resources})


FAULT = Fault(
    id="A21",
    title="A web server is killed for its memory limit",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "catalog", "CrashLoopBackOff", "RunContainerError"),
    heal=nothing,
    causes=("workload.oom-killed",),
    names=("6Mi",),
)
