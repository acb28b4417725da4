"""The pods must not share a node, and there are fewer nodes than pods: the next rollout cannot end."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.faults.workload.k15b_anti_affinity import inject

FAULT = Fault(
    id="S07",
    title="Fewer nodes than pods that must not share one, before a deploy",
    inject=inject,
    settled=lambda lab: bool(worker.new_pods(lab)),
    heal=nothing,
    causes=("scaling.nodes-too-few",),
    names=("hostname", "3 pods", "2 nodes"),
    command=("gate", "--phase", "pre"),
)
