"""A pod that is not the worker's: its environment comes from a ConfigMap that does not exist."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _strangers

ABSENT = "lab-absent"


def inject(lab: Lab) -> None:
    source = {"envFrom": [{"configMapRef": {"name": ABSENT}}]}
    _strangers.make(lab, _strangers.pod_spec("sleep", "3600", container=source))


def is_settled(lab: Lab) -> bool:
    return _strangers.waits_for(lab, "CreateContainerConfigError")


FAULT = Fault(
    id="Q04",
    title="Another pod's ConfigMap does not exist",
    inject=inject,
    settled=is_settled,
    heal=_strangers.remove,
    causes=("secrets.configmap-not-found",),
    names=(ABSENT, _strangers.NAME),
    command=("pod", _strangers.NAME),
)
