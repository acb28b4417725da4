"""The migration's first commit waits for a standby, and the new version waits for the migration."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import clear, migrate, wait_for_bootstrap, waits
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.stranger import _commits

FOLLOWING = "20260901000000_lab.cjs"


def inject(lab: Lab) -> None:
    applied = sql(lab, "SELECT name FROM knex_migrations ORDER BY id").split()
    _commits.require(lab, "*")
    migrate(lab, applied, following=FOLLOWING)
    wait_for_bootstrap(lab)


def heal(lab: Lab) -> None:
    _commits.require_none(lab)
    clear(lab)
    sql(lab, "UPDATE knex_migrations_lock SET is_locked = 0")
    sql(lab, f"DELETE FROM knex_migrations WHERE name = '{FOLLOWING}'")


FAULT = Fault(
    id="Y10c",
    title="The migration's commit waits for a synchronous standby, and the rollout for the migration",
    inject=inject,
    settled=lambda lab: _commits.waits(lab) and waits(lab, seconds=30),
    heal=heal,
    causes=("database.commits-wait",),
    timeout_s=150.0,
    stranger=True,
)
