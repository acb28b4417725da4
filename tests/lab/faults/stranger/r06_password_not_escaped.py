"""A rotated password has a number sign, which ends the host part of the URL around it (encode/databases#511)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _ledger
from tests.lab.scene import BILLING

ROLE = "billing"
BEFORE, AFTER = "lab-billing-password", "lab#rotated-password"


def inject(lab: Lab) -> None:
    _set_password(lab, AFTER)
    BILLING.patch(lab, "secret/billing-db", {"stringData": {"password": AFTER}})
    BILLING.restart(lab, "statefulset/invoice-worker")


def _set_password(lab: Lab, password: str) -> None:
    _ledger.sql(lab, f"ALTER ROLE {ROLE} PASSWORD '{password}'")


FAULT = Fault(
    id="R06",
    title="A password with a special character breaks the URL that it is put into",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, _ledger.WORKER, "Port could not be cast"),
    heal=lambda lab: _set_password(lab, BEFORE),
    causes=("config.url-unescaped",),
    names=("DATABASE_URL",),
)
