"""A quota allows no pod beyond those that exist."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused

QUOTA = "lab-pods"


def inject(lab: Lab) -> None:
    count = len(lab.items(worker.NAMESPACE, "pods"))
    lab.kubectl("-n", worker.NAMESPACE, "create", "quota", QUOTA, f"--hard=pods={count}")
    # Until the controller has counted, the quota refuses everything or nothing.
    wait_until("the quota is counted", lambda: is_counted(lab), seconds=30)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "quota", QUOTA, "--ignore-not-found")


def is_counted(lab: Lab) -> bool:
    return bool(lab.item(worker.NAMESPACE, "quota", QUOTA)["status"].get("used"))


FAULT = Fault(
    id="K17",
    title="A ResourceQuota allows no further pod",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "exceeded quota"),
    heal=heal,
    causes=("workload.quota-exceeded",),
    names=("lab-pods",),
)
