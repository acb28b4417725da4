"""The pod asks for more CPU than any node has."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_unschedulable


def inject(lab: Lab) -> None:
    resources = {"requests": {"cpu": "64"}, "limits": {"cpu": "64"}}
    worker.patch_container(lab, {"resources": resources})


FAULT = Fault(
    id="K13",
    title="No node has enough CPU",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "Insufficient cpu"),
    heal=nothing,
    causes=("workload.insufficient-resources",),
    names=("cpu",),
)
