"""A Role lets the worker's account read all Secrets and run commands in pods."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.policy import _rights

NAME = "lab-generous"


def inject(lab: Lab) -> None:
    _rights.give(lab, NAME, "get,list,create", "secrets,pods/exec")


FAULT = Fault(
    id="G03",
    title="The worker's account may read Secrets and run commands in pods",
    inject=inject,
    settled=lambda _: True,
    heal=lambda lab: _rights.take(lab, NAME),
    causes=("policy.rights-excessive",),
    names=(NAME, "read every Secret", "run commands in pods"),
    command=("audit",),
    warns=True,
)
