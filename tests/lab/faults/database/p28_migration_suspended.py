"""The Job of the migrations is suspended, and a new pod of the worker waits for it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import JOB, busybox, clear, job, wait_for_bootstrap, waits


def heal(lab: Lab) -> None:
    worker.go_back(lab)
    clear(lab)


def inject(lab: Lab) -> None:
    job(lab, busybox("true"), suspend=True)
    wait_for_bootstrap(lab)


FAULT = Fault(
    id="P28",
    title="The Job of the migrations is suspended",
    inject=inject,
    settled=waits,
    heal=heal,
    causes=("database.migration-not-begun",),
    names=(JOB, "suspended"),
)
