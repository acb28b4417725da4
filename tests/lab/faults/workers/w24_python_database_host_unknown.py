"""The URL names another Service."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    url = "DATABASE_URL=postgresql://$(DB_USER):$(DB_PASSWORD)@ledger.billing:5432/ledger"
    BILLING.set_env(lab, "statefulset/invoice-worker", url)


FAULT = Fault(
    id="W24",
    title="The database host of a worker in Python does not exist",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-worker-1", "ledger.billing"),
    heal=nothing,
    causes=("database.host-not-found",),
    names=("ledger.billing",),
)
