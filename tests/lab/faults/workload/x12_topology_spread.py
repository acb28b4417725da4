"""The pods must be spread over zones, and no node has a zone."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_unschedulable

WORKER = {"matchLabels": {"app.kubernetes.io/component": "temporal-worker"}}
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "topology.kubernetes.io/zone",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": WORKER,
}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"topologySpreadConstraints": [SPREAD]}})


FAULT = Fault(
    id="X12",
    title="Topology spread over a label that no node has",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "topology spread"),
    heal=nothing,
    causes=("workload.anti-affinity-unsatisfied",),
    names=("topology.kubernetes.io/zone",),
)
