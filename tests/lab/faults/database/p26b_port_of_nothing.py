"""The database's port is one that its Service does not have."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying, hangs_after


def is_settled(lab: Lab) -> bool:
    return crashes_saying(lab, "Database connection failed") or hangs_after(lab, "Testing database", seconds=25)


FAULT = Fault(
    id="P26b",
    title="The database's Service has no such port",
    inject=lambda lab: worker.set_env(lab, "DB_PORT=5433"),
    settled=is_settled,
    heal=nothing,
    causes=("database.refused",),
    names=("5433", "6432"),
)
