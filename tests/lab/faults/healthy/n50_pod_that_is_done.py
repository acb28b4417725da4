"""A completed pod, as that of a Job, is diagnosed by name."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _strangers


def inject(lab: Lab) -> None:
    _strangers.make(lab, _strangers.pod_spec("sh", "-c", "echo done", restartPolicy="Never"))


def is_settled(lab: Lab) -> bool:
    return bool(_strangers.status(lab)["phase"] == "Succeeded")


FAULT = Fault(
    id="N50",
    title="A pod that has done its work",
    inject=inject,
    settled=is_settled,
    heal=_strangers.remove,
    causes=(),
    command=("pod", _strangers.NAME),
)
