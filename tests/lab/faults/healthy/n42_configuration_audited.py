"""Nothing is changed, and the configuration and the migrations are audited."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N42",
    title="Healthy, its configuration audited",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=("audit", "--only", "config", "--only", "database"),
)
