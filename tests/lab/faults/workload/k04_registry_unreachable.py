"""No machine answers at the registry's address."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _registries
from tests.lab.shape import waits

HOST = "harbor.lab.example"


def inject(lab: Lab) -> None:
    _registries.lead(HOST, "http://10.90.0.250:5000")
    worker.patch_container(lab, {"image": f"{HOST}/nineminds/temporal-worker:abc12345"})


def heal(lab: Lab) -> None:
    _registries.forget(HOST)


FAULT = Fault(
    id="K04",
    title="The registry cannot be reached",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=heal,
    causes=("workload.registry-unreachable",),
    names=(HOST,),
)
