"""A proxy before the frontend answers as a frontend whose database is lost: it serves, and can read nothing.

The lab's server keeps its data in a file of its own, which cannot be taken away while it runs.
"""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_server
from tests.lab.shape import crashes_saying

NAME = "temporal-without-database"
MESSAGE = "no usable database connection found"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={run_server(lab, NAME, 'without-database')}")


FAULT = Fault(
    id="T15",
    title="Calls are answered as by a Temporal frontend that has lost its database",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, MESSAGE),
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.namespace-unreadable",),
    names=(NAME, MESSAGE),
    timeout_s=240.0,
)
