"""The image of the Job of the migrations cannot be pulled."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import JOB, busybox, clear, job


def inject(lab: Lab) -> None:
    job(lab, busybox("true", image="docker.io/lab/no-such-server:1"))


def _is_refused(lab: Lab) -> bool:
    pods = lab.items(worker.NAMESPACE, "pods", f"job-name={JOB}")
    states = [each["state"] for pod in pods for each in pod["status"].get("containerStatuses", [])]
    return any(each.get("waiting", {}).get("reason") == "ImagePullBackOff" for each in states)


FAULT = Fault(
    id="P28b",
    title="The image of the migrations cannot be pulled",
    inject=inject,
    settled=_is_refused,
    heal=clear,
    causes=("database.migration-not-begun",),
    names=(JOB, "ImagePullBackOff"),
    warns=True,
)
