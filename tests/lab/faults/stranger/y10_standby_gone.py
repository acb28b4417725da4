"""The one synchronous standby is gone: every write waits at its commit (patroni/patroni#3468)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _commits
from tests.lab.faults.temporal._temporal import delete_workflows

STANDBY = "db_standby_b"


def inject(lab: Lab) -> None:
    _commits.require(lab, STANDBY)
    _commits.start_jobs(lab)


def heal(lab: Lab) -> None:
    _commits.require_none(lab)
    delete_workflows(lab)


FAULT = Fault(
    id="Y10",
    title="Commits wait for a synchronous standby that is gone",
    inject=inject,
    settled=lambda lab: _commits.waits(lab) and _commits.jobs_fail(lab),
    heal=heal,
    causes=("database.commits-wait",),
    names=(STANDBY,),
    timeout_s=180.0,
    stranger=True,
)
