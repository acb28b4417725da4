"""The URL names another database."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    url = "DATABASE_URL=postgresql://$(DB_USER):$(DB_PASSWORD)@ledger-db.billing:5432/ledgers"
    BILLING.set_env(lab, "statefulset/invoice-worker", url)


FAULT = Fault(
    id="W23",
    title="The database of a worker in Python does not exist",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-worker-1", "3D000"),
    heal=nothing,
    causes=("database.database-not-found",),
    names=("ledgers",),
)
