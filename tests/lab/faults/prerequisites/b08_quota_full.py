"""A quota has no room for the pod that a rollout makes first."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE
from tests.lab.faults.workload.k17_quota import FAULT as ROLLED_OUT
from tests.lab.faults.workload.k17_quota import QUOTA


def inject(lab: Lab) -> None:
    count = len(lab.items(worker.NAMESPACE, "pods"))
    lab.kubectl("-n", worker.NAMESPACE, "create", "quota", QUOTA, f"--hard=pods={count}")


FAULT = Fault(
    id="B08",
    title="Before a deploy: a ResourceQuota has no room for one pod more",
    inject=inject,
    settled=lambda lab: bool(lab.item(worker.NAMESPACE, "quota", QUOTA)["status"].get("used")),
    heal=ROLLED_OUT.heal,
    causes=("scaling.quota-no-room",),
    names=(QUOTA,),
    command=GATE,
)
