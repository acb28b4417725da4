"""The worker takes variables from a ConfigMap that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import waits

NAME = "feature-flags"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"envFrom": [{"configMapRef": {"name": NAME}}]})


FAULT = Fault(
    id="X50",
    title="A ConfigMap of variables does not exist",
    inject=inject,
    settled=lambda lab: waits(lab, "CreateContainerConfigError"),
    heal=nothing,
    causes=("secrets.configmap-not-found",),
    names=(NAME,),
)
