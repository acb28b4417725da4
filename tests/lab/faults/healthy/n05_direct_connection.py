"""The worker connects to PostgreSQL itself, without the pooler."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.healthy._install import is_rolled_out


def inject(lab: Lab) -> None:
    worker.set_env(lab, "DB_HOST=db.msp.svc.cluster.local", "DB_PORT=5432")


FAULT = Fault(
    id="N05",
    title="Healthy, without a pooler before the database",
    inject=inject,
    settled=is_rolled_out,
    heal=nothing,
    causes=(),
    timeout_s=300.0,
    replaces_pods=True,
)
