"""PgBouncer cannot read its list of users, starts all the same, and rejects every login."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import PGBOUNCER
from tests.lab.shape import crashes_saying

SECRET = "pgbouncer-users"


def inject(lab: Lab) -> None:
    _set_mode(lab, 0o400)
    worker.restart(lab)


def _set_mode(lab: Lab, mode: int) -> None:
    volume = {"name": "users", "secret": {"secretName": SECRET, "defaultMode": mode}}
    lab.patch(worker.NAMESPACE, "deployment", "pgbouncer", {"spec": {"template": {"spec": {"volumes": [volume]}}}})
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "status", PGBOUNCER, "--timeout=50s")


FAULT = Fault(
    id="Y05c",
    title="The pooler may not read the file with its users",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=lambda lab: _set_mode(lab, 0o644),
    causes=("secrets.file-not-readable",),
    names=(SECRET,),
    timeout_s=150.0,
    stranger=True,
)
