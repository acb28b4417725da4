"""PgBouncer's list of users has another password than the worker and PostgreSQL have."""

import base64

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import WORKER_USER, restart_pgbouncer
from tests.lab.shape import crashes_saying

SECRET, KEY = "pgbouncer-users", "userlist.txt"


def inject(lab: Lab) -> None:
    encoded: str = lab.item(worker.NAMESPACE, "secret", SECRET)["data"][KEY]
    lab.memory[KEY] = encoded
    lines = base64.b64decode(encoded).decode().splitlines()
    stale = [f'"{WORKER_USER}" "lab-stale-password"' if WORKER_USER in line else line for line in lines]
    lab.patch(worker.NAMESPACE, "secret", SECRET, {"stringData": {KEY: "\n".join((*stale, ""))}})
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    if KEY in lab.memory:
        lab.patch(worker.NAMESPACE, "secret", SECRET, {"data": {KEY: lab.memory[KEY]}})
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P22b",
    title="PgBouncer's list of users has an old password",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=heal,
    causes=("database.pooler-users-stale",),
    names=("PgBouncer", WORKER_USER),
)
