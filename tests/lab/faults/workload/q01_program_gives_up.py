"""A pod that is not the worker's: its program ends with an error that nobody knows."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _strangers

SCRIPT = "echo starting; sleep 1; echo 'FATAL: licence file /etc/app/licence.key has expired' >&2; exit 3"


def inject(lab: Lab) -> None:
    _strangers.make(lab, _strangers.pod_spec("sh", "-c", SCRIPT))


def is_settled(lab: Lab) -> bool:
    return _strangers.waits_for(lab, "CrashLoopBackOff", restarts=2)


FAULT = Fault(
    id="Q01",
    title="Another pod's program gives up with an error of its own",
    inject=inject,
    settled=is_settled,
    heal=_strangers.remove,
    causes=("workload.crash-looping",),
    names=("exit code 3", "FATAL: licence file"),
    command=("pod", _strangers.NAME),
)
