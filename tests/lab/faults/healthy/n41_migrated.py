"""A run of migrations has ended well, and the image holds just the files that the database has had."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._migration import JOB, busybox, clear, has_succeeded, job, mount_files, take_files
from tests.lab.faults.database._postgres import sql
from tests.lab.shape import is_new_pod_ready

MAP = "lab-migrations"


def inject(lab: Lab) -> None:
    job(lab, busybox("true"))
    mount_files(lab, MAP, sql(lab, "SELECT name FROM knex_migrations ORDER BY id").split())


def heal(lab: Lab) -> None:
    take_files(lab, MAP)
    clear(lab)


FAULT = Fault(
    id="N41",
    title="Healthy after a run of migrations",
    inject=inject,
    settled=lambda lab: has_succeeded(lab, JOB) and is_new_pod_ready(lab),
    heal=heal,
    causes=(),
    replaces_pods=True,
)
