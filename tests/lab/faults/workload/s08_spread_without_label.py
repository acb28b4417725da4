"""The pods must be spread over zones, and no node has a zone: the next rollout cannot begin."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.faults.workload.x12_topology_spread import inject

FAULT = Fault(
    id="S08",
    title="Topology spread over a label that no node has, before a deploy",
    inject=inject,
    settled=lambda lab: bool(worker.new_pods(lab)),
    heal=nothing,
    causes=("scaling.spread-impossible",),
    names=("topology.kubernetes.io/zone",),
    command=("gate", "--phase", "pre"),
)
