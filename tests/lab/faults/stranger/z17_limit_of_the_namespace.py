"""The containers name no limit, and a LimitRange gives them a small one."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP

NAME = "small-by-default"


def inject(lab: Lab) -> None:
    limits = [{"type": "Container", "default": {"memory": "8Mi"}, "defaultRequest": {"memory": "8Mi"}}]
    SHOP.apply(lab, {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": NAME}, "spec": {"limits": limits}})
    SHOP.patch_container(lab, "deployment/catalog", "web", {"resources": {"limits": None, "requests": None}})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", SHOP.namespace, "delete", "limitrange", NAME, "--ignore-not-found")


FAULT = Fault(
    id="Z17",
    title="A LimitRange gives containers a limit that they do not name",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "catalog", "CrashLoopBackOff", "RunContainerError"),
    heal=heal,
    causes=("workload.oom-killed",),
    names=("8Mi", NAME),
)
