"""The worker of one queue fails for good: an outage of its polls, then one refusal.

A proxy before the real frontend makes both. With this release of the SDK the process ends, and its last words hide why.
"""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import NAMESPACE, remove_pod, run_server
from tests.lab.shape import is_new_pod_ready, log

NAME = "temporal-proxy"
QUEUE = "tenant-workflows"
OUTAGE = "outage"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={run_server(lab, NAME, 'queue-outage')}")


def is_settled(lab: Lab) -> bool:
    if OUTAGE not in lab.memory:
        if is_new_pod_ready(lab):
            lab.kubectl("-n", NAMESPACE, "exec", NAME, "--", "touch", "/tmp/outage")
            lab.memory[OUTAGE] = "begun"
        return False
    return any("state: 'FAILED'" in log(lab, pod, worker.NAME, "--previous") for pod in worker.new_pods(lab))


FAULT = Fault(
    id="T09",
    title="The worker of one queue fails for good after an outage of its polls",
    inject=inject,
    settled=is_settled,
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.worker-failed",),
    names=(QUEUE, "reserved prefix"),
    timeout_s=400.0,
    replaces_pods=True,
)
