"""The start hangs, because packets to the database are dropped, until the liveness probe ends it: 137 without OOM."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies
from tests.lab.shape import ended

POLICY = "lab-pooler-closed"
PROBE = {"initialDelaySeconds": 60, "periodSeconds": 5, "failureThreshold": 2}


def inject(lab: Lab) -> None:
    _policies.limit_ingress(lab, POLICY, {"matchLabels": {"app.kubernetes.io/name": "pgbouncer"}})
    container = {"name": worker.NAME, "livenessProbe": PROBE}
    worker.patch_template(lab, {"spec": {"terminationGracePeriodSeconds": 5, "containers": [container]}})


FAULT = Fault(
    id="K08",
    title="A start that hangs is killed by its liveness probe",
    inject=inject,
    settled=lambda lab: ended(lab, 137, "Error"),
    heal=lambda lab: _policies.remove(lab, POLICY),
    causes=("database.timed-out",),
    names=("pgbouncer",),
    timeout_s=150.0,
)
