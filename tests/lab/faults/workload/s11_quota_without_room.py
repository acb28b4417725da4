"""A quota has no room for the pod that a rollout adds; nothing is rolled out yet."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.workload.k17_quota import QUOTA, heal, is_counted


def inject(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "create", "quota", QUOTA, "--hard=requests.memory=1300Mi")
    wait_until("the quota is counted", lambda: is_counted(lab), seconds=30)


FAULT = Fault(
    id="S11",
    title="A ResourceQuota without room for a rollout, before a deploy",
    inject=inject,
    settled=lambda _: True,
    heal=heal,
    causes=("scaling.quota-no-room",),
    names=("lab-pods", "requests.memory"),
    command=("gate", "--phase", "pre"),
)
