"""The pods must not share a node, and there are more of them than nodes."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_unschedulable

WORKER = {"matchLabels": {"app.kubernetes.io/component": "temporal-worker"}}
TERM = {"topologyKey": "kubernetes.io/hostname", "labelSelector": WORKER}


def inject(lab: Lab) -> None:
    worker.patch_template(
        lab, {"spec": {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [TERM]}}}}
    )


FAULT = Fault(
    id="K15b",
    title="Required anti-affinity with more pods than nodes",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "anti-affinity"),
    heal=nothing,
    causes=("workload.anti-affinity-unsatisfied",),
    names=("anti-affinity",),
)
