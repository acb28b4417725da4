"""A debug pod was made with the labels of the worker's pods."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _scaling

POD = "worker-debug-shell"


def inject(lab: Lab) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "namespace": worker.NAMESPACE, "labels": _scaling.labels_of_worker(lab)},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [_scaling.container("sleep", "86400")]},
    }
    _scaling.apply(lab, pod)


FAULT = Fault(
    id="Y08b",
    title="The autoscaler counts a debug pod, which has no request",
    inject=inject,
    settled=lambda lab: _scaling.misses_request(lab, worker.NAMESPACE, worker.NAME),
    heal=lambda lab: lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", POD, "--ignore-not-found"),
    causes=("scaling.selects-other-pods",),
    names=(POD,),
    timeout_s=150.0,
    stranger=True,
)
