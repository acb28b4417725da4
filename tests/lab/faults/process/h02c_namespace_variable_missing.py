"""Two required variables are not set, one of them of Temporal."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "TEMPORAL_NAMESPACE-", "DB_USER_ADMIN-")


FAULT = Fault(
    id="H02c",
    title="Two required variables are missing",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "TEMPORAL_NAMESPACE: Temporal namespace"),
    heal=nothing,
    causes=("config.variable-missing",),
    names=("TEMPORAL_NAMESPACE", "DB_USER_ADMIN"),
)
