"""The pods name a PriorityClass that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_creation_refused

NAME = "business-critical"


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"priorityClassName": NAME}})


FAULT = Fault(
    id="X04",
    title="The PriorityClass does not exist",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "PriorityClass"),
    heal=nothing,
    causes=("workload.priority-class-not-found",),
    names=(NAME,),
)
