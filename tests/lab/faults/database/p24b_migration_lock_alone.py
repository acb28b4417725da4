"""A dead run of migrations has left its lock behind; nobody has tried since."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql

TABLE = "knex_migrations_lock"

FAULT = Fault(
    id="P24b",
    title="The migrations' lock is held, and no run is there",
    inject=lambda lab: _lock(lab, held=1),
    settled=lambda lab: sql(lab, f"SELECT is_locked FROM {TABLE}") == "1",
    heal=lambda lab: _lock(lab, held=0),
    causes=("database.migration-locked",),
    names=(TABLE,),
)


def _lock(lab: Lab, *, held: int) -> None:
    sql(lab, f"UPDATE {TABLE} SET is_locked = {held}")
