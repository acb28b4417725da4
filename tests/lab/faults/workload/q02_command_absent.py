"""A pod that is not the worker's: its command is not in the image."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _strangers


def inject(lab: Lab) -> None:
    _strangers.make(lab, _strangers.pod_spec("/opt/app/serve"))


def is_settled(lab: Lab) -> bool:
    restarted = [each["restartCount"] for each in _strangers.status(lab).get("containerStatuses", [])]
    return any(restarted)


FAULT = Fault(
    id="Q02",
    title="Another pod's command is not in its image",
    inject=inject,
    settled=is_settled,
    heal=_strangers.remove,
    causes=("workload.entrypoint-not-found",),
    names=("/opt/app/serve", _strangers.NAME),
    command=("pod", _strangers.NAME),
)
