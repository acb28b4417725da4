"""The agent trusts the authority of Vault's certificate, which is for another host name."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server_tls import (
    ADDRESS,
    make_certificates,
    remove_tls_server,
    run_trusted_tls_server,
)
from tests.lab.shape import agent_says

OTHER = "vault.example.org"


def inject(lab: Lab) -> None:
    run_trusted_tls_server(lab, make_certificates(OTHER))


FAULT = Fault(
    id="V29d",
    title="Vault's certificate is for another host name",
    inject=inject,
    settled=lambda lab: agent_says(lab, "x509:"),
    heal=remove_tls_server,
    causes=("vault.certificate-not-trusted",),
    names=(ADDRESS, OTHER),
)
