"""The containers name a request and no limit; a LimitRange gives them one below it (kubernetes/kubernetes#51430)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP

NAME = "small-by-default"


def inject(lab: Lab) -> None:
    limits = [{"type": "Container", "default": {"memory": "48Mi"}, "defaultRequest": {"memory": "32Mi"}}]
    SHOP.apply(lab, {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": NAME}, "spec": {"limits": limits}})
    resources = {"limits": None, "requests": {"memory": "64Mi"}}
    SHOP.patch_container(lab, "deployment/catalog", "web", {"resources": resources})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", SHOP.namespace, "delete", "limitrange", NAME, "--ignore-not-found")


FAULT = Fault(
    id="Z17",
    title="A LimitRange gives containers a limit below their request",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, "catalog", "must be less than or equal to memory limit"),
    heal=heal,
    causes=("workload.limit-range-violated",),
    names=(NAME, "48Mi"),
)
