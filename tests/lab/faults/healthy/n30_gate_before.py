"""Nothing is changed; the gate before a deployment runs without a token."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import GATE

FAULT = Fault(
    id="N30",
    title="Healthy, before a deploy",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=GATE,
)
