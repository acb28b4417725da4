"""The pods name a RuntimeClass that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_creation_refused

NAME = "gvisor"


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"runtimeClassName": NAME}})


FAULT = Fault(
    id="X05",
    title="The RuntimeClass does not exist",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "RuntimeClass"),
    heal=nothing,
    causes=("workload.runtime-class-not-found",),
    names=(NAME,),
)
