"""The database's host name does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

HOST = "nosuch.msp.svc.cluster.local"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"DB_HOST={HOST}")


FAULT = Fault(
    id="P03",
    title="The database host does not exist",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ENOTFOUND"),
    heal=nothing,
    causes=("database.host-not-found",),
    names=("nosuch.msp.svc.cluster.local",),
)
