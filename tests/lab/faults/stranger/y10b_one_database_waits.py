"""Commits wait in the worker's database alone, by its own setting: the administrator's others do not."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import restart_pgbouncer, sql
from tests.lab.faults.stranger import _commits
from tests.lab.faults.temporal._temporal import delete_workflows

STANDBYS = "ANY 1 (replica_east, replica_west)"


def inject(lab: Lab) -> None:
    sql(lab, "ALTER SYSTEM SET synchronous_commit = 'local'")
    sql(lab, "ALTER DATABASE server SET synchronous_commit = 'remote_apply'")
    _commits.require(lab, STANDBYS)
    restart_pgbouncer(lab)
    _commits.start_jobs(lab)


def heal(lab: Lab) -> None:
    _commits.require_none(lab)
    sql(lab, "ALTER SYSTEM RESET synchronous_commit")
    sql(lab, "ALTER DATABASE server RESET synchronous_commit")
    sql(lab, "SELECT pg_reload_conf()")
    delete_workflows(lab)
    restart_pgbouncer(lab)


FAULT = Fault(
    id="Y10b",
    title="Commits of one database wait for standbys of which none is there",
    inject=inject,
    settled=lambda lab: _commits.waits(lab) and _commits.jobs_fail(lab),
    heal=heal,
    causes=("database.commits-wait",),
    names=("replica_east",),
    timeout_s=180.0,
    stranger=True,
)
