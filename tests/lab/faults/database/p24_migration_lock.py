"""A dead run of migrations has left its lock behind, so that the next one fails."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import JOB, clear, has_failed, migrate
from tests.lab.faults.database._postgres import sql


def inject(lab: Lab) -> None:
    sql(lab, "UPDATE knex_migrations_lock SET is_locked = 1")
    migrate(lab, sql(lab, "SELECT name FROM knex_migrations ORDER BY id").split(), following="20260901000000_lab.cjs")


def heal(lab: Lab) -> None:
    sql(lab, "UPDATE knex_migrations_lock SET is_locked = 0")
    clear(lab)


FAULT = Fault(
    id="P24",
    title="The migrations' lock is held by a run that is dead",
    inject=inject,
    settled=has_failed,
    heal=heal,
    causes=("database.migration-locked",),
    names=("knex_migrations_lock", JOB),
)
