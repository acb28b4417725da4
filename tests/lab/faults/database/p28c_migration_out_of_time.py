"""The Job of the migrations has run out of its time, and its pods are gone."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import JOB, busybox, clear, has_failed, job


def inject(lab: Lab) -> None:
    job(lab, busybox("sleep", "100000"), activeDeadlineSeconds=3)


def _is_given_up(lab: Lab) -> bool:
    pods = lab.items(worker.NAMESPACE, "pods", f"job-name={JOB}")
    return has_failed(lab) and not pods


FAULT = Fault(
    id="P28c",
    title="The migrations ran out of time",
    inject=inject,
    settled=_is_given_up,
    heal=clear,
    causes=("database.migration-failed",),
    names=(JOB, "DeadlineExceeded"),
)
