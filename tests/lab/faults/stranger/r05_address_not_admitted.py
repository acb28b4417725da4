"""pg_hba.conf admits another network than the pods' one (polyaxon/polyaxon#394, CrunchyData/postgres-operator#3913)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _ledger
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    _ledger.admit(lab, "host all all 10.244.0.0/16 scram-sha-256")
    _ledger.restart_worker(lab)


FAULT = Fault(
    id="R05",
    title="The database admits another network than the pods' one",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, _ledger.WORKER, "pg_hba.conf"),
    heal=lambda lab: _ledger.admit(lab, _ledger.HBA),
    causes=("database.login-not-permitted",),
    names=("pg_hba.conf",),
)
