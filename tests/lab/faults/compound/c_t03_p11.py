"""A NetworkPolicy drops the way to Temporal, and the database name is misspelt, which the start meets first."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies
from tests.lab.shape import crashes_saying

POLICY = "lab-no-temporal"
BUT_TEMPORAL = (
    {"ports": [{"protocol": "TCP", "port": 1, "endPort": 7232}]},
    {"ports": [{"protocol": "TCP", "port": 7234, "endPort": 65535}]},
)


def inject(lab: Lab) -> None:
    _policies.limit_egress(lab, POLICY, _policies.WORKER, _policies.DNS, *BUT_TEMPORAL)
    worker.set_env(lab, "DB_NAME_SERVER=app_servr")


FAULT = Fault(
    id="C-T03-P11",
    title="A NetworkPolicy drops the way to Temporal, and the database name is misspelt",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "app_servr"),
    heal=lambda lab: _policies.remove(lab, POLICY),
    causes=("temporal.timed-out", "database.database-not-found"),
    names=(POLICY, "app_servr"),
)
