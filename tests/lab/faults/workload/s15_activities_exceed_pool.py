"""Each worker may do twice as many activities at once, as the runbook advises; the pool stays as it is."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready

FAULT = Fault(
    id="S15",
    title="More activities at once than the pool has connections",
    inject=lambda lab: worker.set_env(lab, "MAX_CONCURRENT_ACTIVITIES=20"),
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("scaling.activities-exceed-pool",),
    names=("MAX_CONCURRENT_ACTIVITIES", "100", "50"),
    command=("audit",),
    warns=True,
    timeout_s=180.0,
)
