"""The password was changed everywhere, and the pods were not restarted: a pod that is made now is let in, they are not.

They go on as long as their connections do, so all of them are ready.
"""

import base64
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import CREDENTIALS, WORKER_USER, restart_pgbouncer, set_worker_password

USERS, LIST, KEY = "pgbouncer-users", "userlist.txt", "DB_PASSWORD_PGBOUNCER"
NEW_PASSWORD = "lab-rotated-password"
FRESH = "pod with the new password"


def inject(lab: Lab) -> None:
    lab.memory[KEY] = lab.item(worker.NAMESPACE, "secret", CREDENTIALS)["data"][KEY]
    lab.memory[LIST] = lab.item(worker.NAMESPACE, "secret", USERS)["data"][LIST]
    lines = base64.b64decode(lab.memory[LIST]).decode().splitlines()
    users = [f'"{WORKER_USER}" "{NEW_PASSWORD}"' if WORKER_USER in line else line for line in lines]
    _write(lab, {"stringData": {KEY: NEW_PASSWORD}}, {"stringData": {LIST: "\n".join((*users, ""))}})
    old = {pod["metadata"]["name"] for pod in worker.pods(lab)}
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", min(old), "--grace-period=1")
    wait_until("a new pod is ready", lambda: _made_since(lab, old), seconds=150)


def heal(lab: Lab) -> None:
    if LIST in lab.memory:
        _write(lab, {"data": {KEY: lab.memory[KEY]}}, {"data": {LIST: lab.memory[LIST]}})
    if FRESH in lab.memory:
        lab.kubectl(
            "-n", worker.NAMESPACE, "delete", "pod", lab.memory[FRESH], "--grace-period=1", "--ignore-not-found"
        )


def _write(lab: Lab, credentials: dict[str, Any], users: dict[str, Any]) -> None:
    """Change both Secrets, and the role and the pooler with them."""
    lab.patch(worker.NAMESPACE, "secret", CREDENTIALS, credentials)
    lab.patch(worker.NAMESPACE, "secret", USERS, users)
    set_worker_password(lab)
    restart_pgbouncer(lab)


def _made_since(lab: Lab, old: set[str]) -> bool:
    made = [pod["metadata"]["name"] for pod in worker.pods(lab) if pod["metadata"]["name"] not in old]
    if made:
        lab.memory[FRESH] = made[0]
    return worker.is_healthy(lab)


FAULT = Fault(
    id="D09",
    title="The Secret was changed, and the pods were not restarted",
    inject=inject,
    settled=worker.is_healthy,
    heal=heal,
    causes=("database.password-outdated",),
    names=(WORKER_USER,),
    replaces_pods=True,
)
