"""The injector does not run while a pod is made, and the webhook lets the pod through without an agent."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 0)
    worker.restart(lab)


FAULT = Fault(
    id="V01",
    title="The Vault injector is absent",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=vault_server.start_injector,
    causes=("vault.injector-down",),
)
