"""Host and port of the database are those of an HTTP service."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

FAULT = Fault(
    id="P26",
    title="The database's host and port are those of an HTTP service",
    inject=lambda lab: worker.set_env(lab, "DB_HOST=temporal-worker.msp.svc.cluster.local", "DB_PORT=8080"),
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=nothing,
    causes=("database.not-postgres",),
    names=("temporal-worker.msp.svc.cluster.local:8080",),
)
