"""A Secret is set anew while the pods run that have its keys as variables."""

from tests.lab.fault import Fault
from tests.lab.faults.policy import _secrets

FAULT = Fault(
    id="G01",
    title="A Secret is newer than the processes that have it",
    inject=lambda lab: _secrets.set_key(lab, "made-up"),
    settled=lambda _: True,
    heal=lambda lab: _secrets.set_key(lab, None),
    causes=("policy.secret-newer-than-process",),
    names=("db-credentials", "3 of 3 pods"),
    command=("audit", "--secret-names"),
    warns=True,
)
