"""A quota has room for two more pods, and a first install wants three."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import (
    NEXT,
    WITH_MANIFEST,
    WITH_TOKEN,
    rename,
    write_manifest,
)
from tests.lab.faults.workload.k17_quota import FAULT as ROLLED_OUT
from tests.lab.faults.workload.k17_quota import QUOTA


def inject(lab: Lab) -> None:
    write_manifest(lab, rename)
    count = len(lab.items(worker.NAMESPACE, "pods")) + 2
    lab.kubectl("-n", worker.NAMESPACE, "create", "quota", QUOTA, f"--hard=pods={count}")


FAULT = Fault(
    id="B08b",
    title="Before a first install: a ResourceQuota has no room for all pods",
    inject=inject,
    settled=lambda lab: bool(lab.item(worker.NAMESPACE, "quota", QUOTA)["status"].get("used")),
    heal=ROLLED_OUT.heal,
    causes=("workload.quota-exceeded",),
    names=(QUOTA, "3 more pods", NEXT),
    command=(*WITH_MANIFEST, "--secret-names"),
    environment=WITH_TOKEN,
)
