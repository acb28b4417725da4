"""The image has fewer migrations than the database: it was rolled back below the schema."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import JOB, clear, has_failed, migrate
from tests.lab.faults.database._postgres import sql


def inject(lab: Lab) -> None:
    applied = sql(lab, "SELECT name FROM knex_migrations ORDER BY id").split()
    migrate(lab, applied[:-1], following="20260901000000_lab.cjs")


FAULT = Fault(
    id="P25",
    title="Migrations that the database has are not in the image",
    inject=inject,
    settled=has_failed,
    heal=clear,
    causes=("database.migration-failed",),
    names=(JOB, "20260724120000_tenants_suspended_at.cjs"),
)
