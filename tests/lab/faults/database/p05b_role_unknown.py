"""The worker logs in to PostgreSQL itself, as a role that does not exist; the client's text is that of a password."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.faults.database._postgres import DIRECT
from tests.lab.shape import crashes_saying

FAULT = Fault(
    id="P05b",
    title="The database role does not exist",
    inject=lambda lab: worker.set_env(lab, *DIRECT, "DB_USER_SERVER=app_usr"),
    settled=lambda lab: crashes_saying(lab, "password authentication failed"),
    heal=nothing,
    causes=("database.role-not-found",),
    names=("app_usr",),
)
