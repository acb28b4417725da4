"""The injector does not run, and the webhook lets no pod through without it."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import is_creation_refused


def inject(lab: Lab) -> None:
    _pods.fail_closed(lab)
    lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 0)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    _pods.fail_open(lab)
    vault_server.start_injector(lab)


FAULT = Fault(
    id="V02",
    title="The Vault injector is absent, and its webhook fails closed",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "failed calling webhook"),
    heal=heal,
    causes=("vault.injector-down",),
    names=("vault/vault-agent-injector-svc",),
)
