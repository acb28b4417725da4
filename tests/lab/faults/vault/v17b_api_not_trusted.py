"""Vault is configured with a CA that did not sign the Kubernetes API's certificate."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import configure, restore_auth
from tests.lab.faults.vault._server_tls import make_certificates
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    # By another name of the API: connections that are open already are used on whatever the CA says.
    host = "kubernetes_host=https://kubernetes.default.svc.cluster.local"
    configure(lab, host, f"kubernetes_ca_cert={make_certificates('nobody').authority}")
    worker.restart(lab)


FAULT = Fault(
    id="V17b",
    title="Vault does not trust the Kubernetes API",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=restore_auth,
    causes=("vault.kubernetes-not-trusted",),
    names=("kubernetes_ca_cert",),
)
