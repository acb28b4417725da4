"""The worker's database password is wrong."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying

SECRET = "db-credentials"
KEY = "DB_PASSWORD_PGBOUNCER"


def spoil_password(lab: Lab) -> None:
    """Put a wrong password into the Secret that the worker reads, which PgBouncer does not."""
    lab.memory[KEY] = lab.item(worker.NAMESPACE, "secret", SECRET)["data"][KEY]
    lab.patch(worker.NAMESPACE, "secret", SECRET, {"stringData": {KEY: "wrong"}})


def restore_password(lab: Lab) -> None:
    """Undo `spoil_password`."""
    lab.patch(worker.NAMESPACE, "secret", SECRET, {"data": {KEY: lab.memory[KEY]}})


def inject(lab: Lab) -> None:
    spoil_password(lab)
    worker.restart(lab)


FAULT = Fault(
    id="P05",
    title="The database password is wrong",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "SASL authentication failed"),
    heal=restore_password,
    causes=("database.login-rejected",),
    names=("app_user_pgbouncer",),
)
