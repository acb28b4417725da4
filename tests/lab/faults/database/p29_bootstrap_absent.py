"""A new pod of the worker waits for a Job that nobody has made."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import wait_for_bootstrap, waits


def inject(lab: Lab) -> None:
    wait_for_bootstrap(lab)


FAULT = Fault(
    id="P29",
    title="The worker waits for migrations that nobody runs",
    inject=inject,
    settled=lambda lab: waits(lab, seconds=125),
    heal=worker.go_back,
    causes=("database.migration-waited-for",),
    names=("wait-for-bootstrap",),
    timeout_s=240.0,
)
