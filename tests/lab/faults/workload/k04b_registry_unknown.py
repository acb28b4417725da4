"""The registry's name does not exist for the nodes."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

HOST = "unknown.registry.test"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"image": f"{HOST}/nineminds/temporal-worker:abc12345"})


FAULT = Fault(
    id="K04b",
    title="The registry's name does not exist",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.registry-unreachable",),
    names=(HOST,),
)
