"""Nothing is changed: its Temporal accepts only client certificates."""

from tests.lab.fault import Fault, nothing
from tests.lab.scene import ORDERS

FAULT = Fault(
    id="W01",
    title="Two versions of a worker in Go, TLS, an image without a shell",
    scene=ORDERS,
    inject=nothing,
    settled=ORDERS.is_healthy,
    heal=nothing,
    causes=(),
    unknown=True,
)
