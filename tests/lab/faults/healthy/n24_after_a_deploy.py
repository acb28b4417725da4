"""A rollout has ended a minute ago: the server remembers pollers that are gone, and the gate after it opens."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.faults.temporal._temporal import all_new_for

FAULT = Fault(
    id="N24",
    title="A minute after a rollout, asked by the gate after it",
    inject=worker.restart,
    settled=lambda lab: all_new_for(lab, 40),
    heal=nothing,
    causes=(),
    command=("gate", "--phase", "post"),
    timeout_s=300.0,
    replaces_pods=True,
)
