"""The registry's certificate is signed by an authority that the nodes do not trust."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _registries
from tests.lab.shape import waits

HOST = "harbor.lab.example"


def inject(lab: Lab) -> None:
    _registries.lead(HOST, "https://10.90.0.1:6443")
    worker.patch_container(lab, {"image": f"{HOST}/nineminds/temporal-worker:abc12345"})


def heal(lab: Lab) -> None:
    _registries.forget(HOST)


FAULT = Fault(
    id="K03",
    title="The registry's certificate is not trusted",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=heal,
    causes=("workload.registry-untrusted",),
    names=(HOST, "certificate"),
)
