"""The pooler is paused under workers that run: they stay ready, and their jobs time out."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _commits, _pooler
from tests.lab.faults.temporal._temporal import delete_workflows


def inject(lab: Lab) -> None:
    _pooler.send(lab, "USR1")
    _commits.start_jobs(lab)


def heal(lab: Lab) -> None:
    _pooler.send(lab, "USR2")
    delete_workflows(lab)


FAULT = Fault(
    id="Y11d",
    title="The pooler is paused while the workers run",
    inject=inject,
    settled=_commits.jobs_fail,
    heal=heal,
    causes=("database.pooler-paused",),
    names=("PgBouncer",),
    timeout_s=180.0,
    stranger=True,
)
