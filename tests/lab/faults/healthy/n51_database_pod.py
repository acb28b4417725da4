"""The database's pod, which belongs to a StatefulSet, is diagnosed by name."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N51",
    title="The database's own pod",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=("pod", "db-0"),
)
