"""A proxy before the frontend answers as a frontend that has lost its matching service: what is about queues fails.

The lab's server is one process with all its roles, none of which can be taken away alone.
"""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_server
from tests.lab.shape import says

NAME = "temporal-without-matching"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={run_server(lab, NAME, 'without-matching')}")


FAULT = Fault(
    id="T16",
    title="Polls are answered as by a frontend that has lost its matching service",
    inject=inject,
    settled=lambda lab: says(lab, "poll_workflow_task_queue retried"),
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.matching-unavailable",),
    names=(NAME, "Not enough hosts to serve the request"),
    timeout_s=200.0,
    replaces_pods=True,
)
