"""Vault speaks TLS with a certificate of a private authority, which the agent was not given."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import annotate, remove_pods
from tests.lab.faults.vault._server_tls import ADDRESS, HOST, NAME, make_certificates, run_tls_server
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    run_tls_server(lab, make_certificates(HOST))
    annotate(lab, service=ADDRESS)


def heal(lab: Lab) -> None:
    remove_pods(lab, NAME)


FAULT = Fault(
    id="V29a",
    title="The agent does not know the authority of Vault's certificate",
    inject=inject,
    settled=lambda lab: agent_says(lab, "x509:"),
    heal=heal,
    causes=("vault.certificate-not-trusted",),
    names=(ADDRESS, "unknown authority"),
)
