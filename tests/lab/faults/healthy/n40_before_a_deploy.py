"""Nothing is changed, and a deploy is about to begin."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N40",
    title="Healthy, before a deploy",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=("gate", "--phase", "pre"),
)
