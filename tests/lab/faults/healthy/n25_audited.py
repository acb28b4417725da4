"""Nothing is changed, and what matters another day is asked."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N25",
    title="Healthy, audited",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=("audit",),
)
