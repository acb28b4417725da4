"""The pod template names a service account that does not exist."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="G01",
    title="A service account that does not exist, before a deploy",
    inject=lambda lab: worker.patch_template(lab, {"spec": {"serviceAccountName": "lab-ghost"}}),
    settled=lambda _: True,
    heal=nothing,
    causes=("policy.account-missing",),
    names=("lab-ghost",),
    command=("gate", "--phase", "pre"),
)
