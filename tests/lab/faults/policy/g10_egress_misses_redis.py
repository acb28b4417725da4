"""The worker's NetworkPolicy allows the checked dependencies, but not Redis, whose failure the worker does not log."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.policy.g09_egress_misses import ALLOWED, NAME, to
from tests.lab.faults.workload import _policies
from tests.lab.shape import is_new_pod_ready


def inject(lab: Lab) -> None:
    # Only the policies are evaluated, so anything may listen there.
    worker.set_env(lab, "REDIS_HOST=db.msp.svc.cluster.local", "REDIS_PORT=5432")
    _policies.limit_egress(lab, NAME, _policies.WORKER, *ALLOWED, to("temporal", 7233))


FAULT = Fault(
    id="G10",
    title="A NetworkPolicy forbids Redis",
    inject=inject,
    settled=is_new_pod_ready,
    heal=lambda lab: _policies.remove(lab, NAME),
    causes=("policy.egress-misses",),
    names=("msp/lab-narrow", "Redis"),
    command=("audit",),
    timeout_s=180.0,
)
