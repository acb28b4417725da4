"""The database password in the Secret ends with a newline, as `echo | base64` leaves it."""

import base64

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database.p05_password_wrong import KEY, SECRET, restore_password
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    encoded = lab.item(worker.NAMESPACE, "secret", SECRET)["data"][KEY]
    lab.memory[KEY] = encoded
    spoilt = base64.b64encode(base64.b64decode(encoded) + b"\n").decode()
    lab.patch(worker.NAMESPACE, "secret", SECRET, {"data": {KEY: spoilt}})
    worker.restart(lab)


FAULT = Fault(
    id="X30",
    title="The database password ends with a newline",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "SASL authentication failed"),
    heal=restore_password,
    causes=("database.login-rejected",),
    names=("app_user_pgbouncer",),
)
