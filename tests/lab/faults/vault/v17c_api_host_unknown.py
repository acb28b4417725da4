"""Vault is configured with a host name of the Kubernetes API that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import configure, restore_auth
from tests.lab.shape import agent_says

HOST = "kubernetes.defaultt.svc"


def inject(lab: Lab) -> None:
    configure(lab, f"kubernetes_host=https://{HOST}")
    worker.restart(lab)


FAULT = Fault(
    id="V17c",
    title="Vault's name of the Kubernetes API does not exist",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=restore_auth,
    causes=("vault.kubernetes-unreachable",),
    names=(HOST,),
)
