"""The Temporal frontend goes away under workers that run: they stay ready and retry without a word at first."""

from tests.lab import worker
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import FRONTEND, NAMESPACE

FAULT = Fault(
    id="T17",
    title="The Temporal frontend is lost while the workers run",
    inject=lambda lab: lab.scale(NAMESPACE, FRONTEND, 0),
    settled=worker.is_healthy,
    heal=lambda lab: lab.scale(NAMESPACE, FRONTEND, 1),
    causes=("temporal.no-endpoints",),
    names=("temporal-frontend",),
)
