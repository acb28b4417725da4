"""Vault's role is bound to another service account."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.write_role(lab, service_account="other")
    worker.restart(lab)


FAULT = Fault(
    id="V11",
    title="The Vault role is bound to another service account",
    inject=inject,
    settled=lambda lab: agent_says(lab, "service account name not authorized"),
    heal=vault_server.write_role,
    causes=("vault.service-account-not-bound",),
    names=("temporal-worker",),
)
