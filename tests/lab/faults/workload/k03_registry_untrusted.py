"""The registry's certificate is signed by an authority that the nodes do not trust."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

HOST = "untrusted.registry.test"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"image": f"{HOST}/nineminds/temporal-worker:abc12345"})


FAULT = Fault(
    id="K03",
    title="The registry's certificate is not trusted",
    inject=inject,
    settled=lambda lab: waits(lab, "ImagePullBackOff"),
    heal=nothing,
    causes=("workload.registry-untrusted",),
    names=(HOST, "certificate"),
)
