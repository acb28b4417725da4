"""A pod that is not the worker's and runs once, as that of a Job: it has failed."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _strangers

SCRIPT = "echo 'migration 0042 failed: column tenant_id exists'; exit 1"


def inject(lab: Lab) -> None:
    _strangers.make(lab, _strangers.pod_spec("sh", "-c", SCRIPT, restartPolicy="Never"))


def is_settled(lab: Lab) -> bool:
    return bool(_strangers.status(lab)["phase"] == "Failed")


FAULT = Fault(
    id="Q03",
    title="Another pod ran once and failed",
    inject=inject,
    settled=is_settled,
    heal=_strangers.remove,
    causes=("workload.pod-failed",),
    names=("exit code 1", "migration 0042 failed"),
    command=("pod", _strangers.NAME),
)
