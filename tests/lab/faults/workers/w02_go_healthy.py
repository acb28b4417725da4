"""Nothing is changed."""

from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING

FAULT = Fault(
    id="W02",
    title="A worker in Go with its settings by envFrom and an argument, Temporal 1.27",
    scene=SHIPPING,
    inject=nothing,
    settled=SHIPPING.is_healthy,
    heal=nothing,
    causes=(),
)
