"""Nothing is changed."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N01",
    title="Healthy",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
)
