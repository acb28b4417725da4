"""Temporal is queried with the user's own client certificate."""

from tests.lab.fault import Fault, nothing
from tests.lab.scene import ORDERS
from tests.lab.services.workers import CERTIFICATES

FAULT = Fault(
    id="W04",
    title="A worker in Go with TLS, and a user with a client certificate",
    scene=ORDERS,
    inject=nothing,
    settled=ORDERS.is_healthy,
    heal=nothing,
    causes=(),
    command=(
        "all",
        *("--temporal-tls-ca", str(CERTIFICATES / "ca.crt")),
        *("--temporal-tls-cert", str(CERTIFICATES / "client.crt")),
        *("--temporal-tls-key", str(CERTIFICATES / "client.key")),
    ),
)
