"""The server admits encrypted connections alone, and the worker makes plain ones (zalando/postgres-operator#2734)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _ledger
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    _ledger.admit(lab, "hostssl all all all scram-sha-256")
    _ledger.restart_worker(lab)


FAULT = Fault(
    id="Z25",
    title="The database admits encrypted connections alone",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, _ledger.WORKER, "pg_hba.conf"),
    heal=lambda lab: _ledger.admit(lab, _ledger.HBA),
    causes=("database.tls-required",),
    names=("ledger",),
)
