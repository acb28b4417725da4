"""A LimitRange allows less memory to a container than the worker wants."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused

NAME = "lab-small"


def inject(lab: Lab) -> None:
    limits = {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": NAME, "namespace": worker.NAMESPACE},
        "spec": {"limits": [{"type": "Container", "max": {"memory": "512Mi"}}]},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(limits))
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "limitrange", NAME, "--ignore-not-found")


FAULT = Fault(
    id="X10",
    title="A LimitRange does not allow the worker's memory limit",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "maximum memory usage"),
    heal=heal,
    causes=("workload.limit-range-violated",),
    names=("512Mi", "1Gi"),
)
