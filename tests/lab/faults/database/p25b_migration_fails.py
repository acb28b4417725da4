"""A migration's statement fails."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import JOB, clear, has_failed, migrate
from tests.lab.faults.database._postgres import sql

FILE = "20260901000000_lab_index.cjs"


def inject(lab: Lab) -> None:
    applied = sql(lab, "SELECT name FROM knex_migrations ORDER BY id").split()
    migrate(lab, applied, following=FILE, statement="CREATE INDEX lab_index ON nosuch_table (tenant)")


FAULT = Fault(
    id="P25b",
    title="A migration fails",
    inject=inject,
    settled=has_failed,
    heal=clear,
    causes=("database.migration-failed",),
    names=(JOB, FILE),
)
