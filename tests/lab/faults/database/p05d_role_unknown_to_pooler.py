"""The worker logs in to PgBouncer as a user that its list does not have."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

FAULT = Fault(
    id="P05d",
    title="The pooler does not know the worker's user",
    inject=lambda lab: worker.set_env(lab, "DB_USER_SERVER=app_usr"),
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=nothing,
    causes=("database.role-not-found",),
    names=("app_usr", "PgBouncer"),
)
