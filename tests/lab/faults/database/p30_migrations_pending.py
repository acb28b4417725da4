"""The image was rolled out before its migrations ran."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import mount_files, take_files
from tests.lab.faults.database._postgres import sql
from tests.lab.shape import is_new_pod_ready

MAP, NEXT = "lab-migrations", "20260901000000_lab.cjs"


def inject(lab: Lab) -> None:
    applied = sql(lab, "SELECT name FROM knex_migrations ORDER BY id").split()
    mount_files(lab, MAP, [*applied, NEXT])


def heal(lab: Lab) -> None:
    take_files(lab, MAP)


FAULT = Fault(
    id="P30",
    title="The image holds a migration that has not run",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("database.migrations-pending",),
    names=(NEXT,),
    replaces_pods=True,
)
