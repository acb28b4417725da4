"""Nothing is changed, and long-term risks are checked."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N25",
    title="Healthy, as Temporal and the health endpoint are audited",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=("audit", "--only", "temporal", "--only", "health"),
)
