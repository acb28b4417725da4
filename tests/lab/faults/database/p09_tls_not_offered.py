"""The worker's driver demands TLS, and the pooler offers none."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

FAULT = Fault(
    id="P09",
    title="TLS is demanded of a pooler that has none",
    inject=lambda lab: worker.set_env(lab, "PGSSLMODE=require"),
    settled=lambda lab: crashes_saying(lab, "does not support SSL"),
    heal=nothing,
    causes=("database.tls-not-offered",),
    names=("PGSSLMODE", "pgbouncer"),
)
