"""Nothing is deployed, and the gate has no manifest."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import GATE

FAULT = Fault(
    id="B18",
    title="Before a first install: neither a Deployment nor a manifest",
    inject=nothing,
    settled=lambda lab: True,
    heal=nothing,
    causes=("workload.not-found",),
    names=("--manifest",),
    command=(*GATE, "--selector", "app=worker-of-tomorrow"),
)
