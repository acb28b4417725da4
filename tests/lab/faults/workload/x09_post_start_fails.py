"""The hook that runs after the container's start fails, so the kubelet ends the container."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import has_event

HOOK = ["/bin/sh", "-c", "curl --fail --max-time 2 http://127.0.0.1:9411/register"]


def inject(lab: Lab) -> None:
    container = {"name": worker.NAME, "lifecycle": {"postStart": {"exec": {"command": HOOK}}}}
    worker.patch_template(lab, {"spec": {"terminationGracePeriodSeconds": 5, "containers": [container]}})


FAULT = Fault(
    id="X09",
    title="The postStart hook fails",
    inject=inject,
    settled=lambda lab: has_event(lab, "BackOff", worker.NAME),
    heal=nothing,
    causes=("workload.post-start-failed",),
    names=("postStart",),
)
