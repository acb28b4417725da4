"""Vault asks for token reviews at an address that nobody answers at."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import configure, restore_auth
from tests.lab.shape import agent_says

# Of a block that is reserved for documentation (RFC 5737).
HOST = "192.0.2.1:443"


def inject(lab: Lab) -> None:
    configure(lab, f"kubernetes_host=https://{HOST}")
    worker.restart(lab)


FAULT = Fault(
    id="V17",
    title="Vault cannot reach the Kubernetes API",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=restore_auth,
    causes=("vault.kubernetes-unreachable",),
    names=(HOST,),
    timeout_s=150,
)
