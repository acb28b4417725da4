"""A client's certificate is of an authority that Temporal does not know (alexandrevilain/temporal-operator#722)."""

import base64

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._server_tls import make_certificates
from tests.lab.scene import ORDERS

SECRET = "temporal-client-tls"


def inject(lab: Lab) -> None:
    made = make_certificates("orders.example.com")
    files = {"tls.crt": made.certificate, "tls.key": made.key}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in files.items()}
    ORDERS.patch(lab, f"secret/{SECRET}", {"data": encoded})
    ORDERS.restart(lab, "deployment/orders-v2-9c3e")


FAULT = Fault(
    id="Z34",
    title="Temporal does not know the authority of a client's certificate",
    stranger=True,
    scene=ORDERS,
    inject=inject,
    settled=lambda lab: ORDERS.crashes(lab, "orders-v2", "unable to "),
    heal=nothing,
    causes=("temporal.certificate-rejected",),
    names=(SECRET,),
)
