"""The image is older than the schema, as after a rollback; an audit says so."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import mount_files, take_files
from tests.lab.faults.database._postgres import sql
from tests.lab.shape import is_new_pod_ready

MAP = "lab-migrations"


def inject(lab: Lab) -> None:
    applied = sql(lab, "SELECT name FROM knex_migrations ORDER BY id").split()
    mount_files(lab, MAP, applied[:-1])


def heal(lab: Lab) -> None:
    take_files(lab, MAP)


FAULT = Fault(
    id="P30b",
    title="The image is older than the schema",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("database.schema-ahead",),
    names=("20260724120000_tenants_suspended_at.cjs", "20251130000000_jobs_runner_columns.cjs"),
    command=("audit", "--only", "database.migrations-applied"),
    replaces_pods=True,
    warns=True,
)
