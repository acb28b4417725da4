"""The pods run as the namespace's default account."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="G02",
    title="The pods run as the account default",
    inject=lambda lab: worker.patch_template(lab, {"spec": {"serviceAccountName": "default"}}),
    settled=lambda _: True,
    heal=nothing,
    causes=("policy.account-default",),
    names=("default", "temporal-worker"),
    command=("audit",),
    warns=True,
)
