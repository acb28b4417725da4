"""Each worker may do twice as many activities at once, as the runbook advises; the pool stays as it is."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_new_pod_ready

FILE, SETTING = "worker-config.json", '"maxConcurrentActivityExecutions": '
BEFORE, AFTER = "10", "20"


def inject(lab: Lab) -> None:
    _set(lab, AFTER)
    worker.set_env(lab, f"MAX_CONCURRENT_ACTIVITIES={AFTER}")


def heal(lab: Lab) -> None:
    _set(lab, BEFORE)


def _set(lab: Lab, number: str) -> None:
    """The chart writes the same number into a ConfigMap that nothing reads."""
    output = lab.item(worker.NAMESPACE, "configmap", worker.NAME)["data"][FILE]
    text = output.replace(SETTING + (AFTER if number == BEFORE else BEFORE), SETTING + number)
    lab.patch(worker.NAMESPACE, "configmap", worker.NAME, {"data": {FILE: text}})


FAULT = Fault(
    id="S15",
    title="More activities at once than the pool has connections",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("scaling.activities-exceed-pool",),
    names=("MAX_CONCURRENT_ACTIVITIES", "100", "50"),
    command=("audit",),
    warns=True,
    timeout_s=180.0,
)
