"""The pods name a scheduler that does not run, so they stay Pending without an event."""

from tests.lab import shape, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing

NAME = "volcano"
SILENCE_S = 65.0


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"schedulerName": NAME}})


FAULT = Fault(
    id="X15",
    title="The scheduler that the pods name does not run",
    inject=inject,
    settled=lambda lab: shape.is_older(lab, SILENCE_S),
    heal=nothing,
    causes=("workload.scheduler-silent",),
    names=(NAME,),
)
