"""The pods name a scheduler that does not run, so nobody gives them a node and nothing is said."""

from datetime import UTC, datetime

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing

NAME = "volcano"
SILENCE_S = 65.0


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"schedulerName": NAME}})


def is_settled(lab: Lab) -> bool:
    made = (datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) for pod in worker.new_pods(lab))
    return any((datetime.now(UTC) - each).total_seconds() > SILENCE_S for each in made)


FAULT = Fault(
    id="X15",
    title="The scheduler that the pods name does not run",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("workload.scheduler-silent",),
    names=(NAME,),
)
