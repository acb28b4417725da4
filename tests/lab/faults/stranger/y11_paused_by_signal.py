"""PgBouncer was paused, and nobody resumed it (pgbouncer/pgbouncer#528)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods, _pooler


def inject(lab: Lab) -> None:
    _pooler.send(lab, "USR1")
    _pods.replace(lab)


def heal(lab: Lab) -> None:
    _pooler.send(lab, "USR2")
    _pods.drop(lab)


FAULT = Fault(
    id="Y11",
    title="The pooler is paused",
    inject=inject,
    settled=lambda lab: _pods.hangs(lab, "Testing database connectivity", seconds=45),
    heal=heal,
    causes=("database.pooler-paused",),
    names=("PgBouncer",),
    timeout_s=150.0,
    replaces_pods=True,
    stranger=True,
)
