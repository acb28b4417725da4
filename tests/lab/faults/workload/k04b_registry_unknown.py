"""The name of the registry cannot be resolved on the nodes."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _registries
from tests.lab.shape import waits

HOST = "harbor.lab.example"


def inject(lab: Lab) -> None:
    _registries.lead(HOST, "https://harbor.lab.example")
    worker.patch_container(lab, {"image": f"{HOST}/nineminds/temporal-worker:abc12345"})


def heal(lab: Lab) -> None:
    _registries.forget(HOST)


FAULT = Fault(
    id="K04b",
    title="The registry's name does not resolve",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=heal,
    causes=("workload.registry-unreachable",),
    names=(HOST,),
)
