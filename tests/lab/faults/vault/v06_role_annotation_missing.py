"""The pod template names no Vault role."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import is_creation_refused


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"role": None})


FAULT = Fault(
    id="V06",
    title="The role annotation is missing",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "no Vault role found"),
    heal=nothing,
    causes=("vault.role-missing",),
    names=("vault.hashicorp.com/role",),
)
