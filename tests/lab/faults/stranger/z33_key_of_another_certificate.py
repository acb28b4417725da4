"""A client's certificate was renewed, and its key was not (cert-manager/cert-manager#2636)."""

import base64

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault._server_tls import make_certificates
from tests.lab.scene import ORDERS

SECRET = "temporal-client-tls"


def inject(lab: Lab) -> None:
    renewed = make_certificates("orders.example.com").certificate
    ORDERS.patch(lab, f"secret/{SECRET}", {"data": {"tls.crt": base64.b64encode(renewed.encode()).decode()}})
    ORDERS.restart(lab, "deployment/orders-v2-9c3e")


FAULT = Fault(
    id="Z33",
    title="The key of a client's certificate is that of another one",
    stranger=True,
    scene=ORDERS,
    inject=inject,
    settled=lambda lab: ORDERS.waits(lab, "orders-v2", "CrashLoopBackOff"),
    heal=nothing,
    causes=("secrets.key-pair-mismatch",),
    names=(SECRET,),
)
