"""Vault's certificate begins tomorrow, as it does where a clock is wrong."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server_tls import (
    ADDRESS,
    HOST,
    make_certificates,
    remove_tls_server,
    run_trusted_tls_server,
)
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    run_trusted_tls_server(lab, make_certificates(HOST, from_days=1))


FAULT = Fault(
    id="V29g",
    title="Vault's certificate is not valid yet",
    inject=inject,
    settled=lambda lab: agent_says(lab, "x509:"),
    heal=remove_tls_server,
    causes=("vault.certificate-not-yet-valid",),
    names=(ADDRESS,),
)
