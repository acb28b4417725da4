"""The annotation ca-cert names a file, but no annotation names the Secret that would bring it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import annotate, remove_pods
from tests.lab.faults.vault._server_tls import ADDRESS, HOST, NAME, make_certificates, run_tls_server
from tests.lab.shape import agent_says

FILE = "/vault/tls/ca.crt"


def inject(lab: Lab) -> None:
    run_tls_server(lab, make_certificates(HOST))
    annotate(lab, service=ADDRESS, ca_cert=FILE)


def heal(lab: Lab) -> None:
    remove_pods(lab, NAME)


FAULT = Fault(
    id="V29f",
    title="The agent's CA file does not exist",
    inject=inject,
    settled=lambda lab: agent_says(lab, FILE),
    heal=heal,
    causes=("vault.ca-file-missing",),
    names=(FILE,),
)
