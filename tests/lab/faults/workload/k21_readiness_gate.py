"""The pod waits for a condition that no controller sets."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import stays_unready

GATE = "lab.example/registered"


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"readinessGates": [{"conditionType": GATE}]}})


FAULT = Fault(
    id="K21",
    title="A readiness gate is never opened",
    inject=inject,
    settled=lambda lab: stays_unready(lab, seconds=110),
    heal=nothing,
    causes=("workload.readiness-gate",),
    names=(GATE,),
    timeout_s=180.0,
)
