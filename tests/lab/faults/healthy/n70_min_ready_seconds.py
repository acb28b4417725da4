"""New pods count as available only a while after they are ready (minReadySeconds), so a rollout takes its time."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_new_pod_ready, is_older

SECONDS = 90


def _set(lab: Lab, seconds: int) -> None:
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {"minReadySeconds": seconds}})


def inject(lab: Lab) -> None:
    _set(lab, SECONDS)
    worker.restart(lab)


FAULT = Fault(
    id="N70",
    title="A new pod is ready, and counts only after a while",
    inject=inject,
    settled=lambda lab: is_new_pod_ready(lab) and is_older(lab, 45),
    heal=lambda lab: _set(lab, 0),
    causes=(),
)
