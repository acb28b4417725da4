"""The Secret has another password than the database."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    BILLING.patch(lab, "secret/billing-db", {"stringData": {"password": "lab-other-password"}})
    BILLING.restart(lab, "statefulset/invoice-worker")


FAULT = Fault(
    id="W22",
    title="A worker in Python logs in to its database with a wrong password",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-worker-1", "28P01"),
    heal=nothing,
    causes=("database.login-rejected",),
    names=("billing",),
)
