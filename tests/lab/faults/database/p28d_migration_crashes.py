"""The Job of the migrations ends with an error again and again, in one pod that is restarted."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import busybox, job


def inject(lab: Lab) -> None:
    script = "echo 'ERROR: PostgreSQL authentication failed for postgres at db:5432'; exit 1"
    template = {"spec": {"restartPolicy": "OnFailure", "containers": [busybox("sh", "-c", script)]}}
    job(lab, busybox("true"), "lab-bootstrap", backoffLimit=6, template=template)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "job", "lab-bootstrap", "--ignore-not-found")


def _crashes(lab: Lab) -> bool:
    pods = lab.items(worker.NAMESPACE, "pods", "job-name=lab-bootstrap")
    states = [each["state"] for pod in pods for each in pod["status"].get("containerStatuses", [])]
    return any(each.get("waiting", {}).get("reason") == "CrashLoopBackOff" for each in states)


FAULT = Fault(
    id="P28d",
    title="The migrations crash again and again",
    inject=inject,
    settled=_crashes,
    heal=heal,
    causes=("database.migration-failed",),
    names=("lab-bootstrap", "authentication failed for postgres"),
)
