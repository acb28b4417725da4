"""No machine answers at the registry's address."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

HOST = "unreachable.registry.test"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"image": f"{HOST}/nineminds/temporal-worker:abc12345"})


FAULT = Fault(
    id="K04",
    title="The registry cannot be reached",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.registry-unreachable",),
    names=(HOST,),
)
