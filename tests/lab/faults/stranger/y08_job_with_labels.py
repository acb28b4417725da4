"""A Job's pod has the labels by which the Deployment selects, and no requests (kubernetes/kubernetes#116339)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _scaling

JOB = "worker-reindex"


def inject(lab: Lab) -> None:
    _scaling.apply(lab, _scaling.job(JOB, worker.NAMESPACE, _scaling.labels_of_worker(lab), "sleep", "86400"))


FAULT = Fault(
    id="Y08",
    title="The autoscaler counts a Job's pod, which has no request",
    inject=inject,
    settled=lambda lab: _scaling.misses_request(lab, worker.NAMESPACE, worker.NAME),
    heal=lambda lab: lab.kubectl("-n", worker.NAMESPACE, "delete", "job", JOB, "--ignore-not-found"),
    causes=("scaling.selects-other-pods",),
    names=(JOB,),
    timeout_s=150.0,
    stranger=True,
)
