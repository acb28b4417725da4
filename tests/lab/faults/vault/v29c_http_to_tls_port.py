"""The pod's annotation says http, but Vault speaks TLS."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import annotate, remove_pods
from tests.lab.faults.vault._server_tls import HOST, NAME, PORT, make_certificates, run_tls_server
from tests.lab.shape import agent_says

ADDRESS = f"http://{HOST}:{PORT}"


def inject(lab: Lab) -> None:
    run_tls_server(lab, make_certificates(HOST))
    annotate(lab, service=ADDRESS)


def heal(lab: Lab) -> None:
    remove_pods(lab, NAME)


FAULT = Fault(
    id="V29c",
    title="The agent speaks plain HTTP to a Vault with TLS",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=heal,
    causes=("vault.tls-not-spoken",),
    names=(ADDRESS,),
)
