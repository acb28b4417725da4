"""A table has row security and no policy, so that no role but its owner may write a row (supabase/supabase#4406)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import CREDENTIALS, WORKER_USER, sql
from tests.lab.faults.stranger import _jobs
from tests.lab.faults.temporal._temporal import delete_workflows


def inject(lab: Lab) -> None:
    sql(lab, "ALTER TABLE jobs ENABLE ROW LEVEL SECURITY")
    source = {"secretKeyRef": {"name": CREDENTIALS, "key": "DB_PASSWORD_PGBOUNCER"}}
    user = {"name": "DB_USER_ADMIN", "value": WORKER_USER}
    worker.patch_container(lab, {"env": [user, {"name": "DB_PASSWORD_ADMIN", "valueFrom": source}]})
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "status", worker.DEPLOYMENT, "--timeout=59s")
    _jobs.start(lab)


def heal(lab: Lab) -> None:
    sql(lab, "ALTER TABLE jobs DISABLE ROW LEVEL SECURITY")
    delete_workflows(lab)


FAULT = Fault(
    id="R02",
    title="A table has row security, and no policy",
    stranger=True,
    inject=inject,
    settled=_jobs.have_failed,
    heal=heal,
    arrives=_jobs.arrive,
    causes=("database.row-security",),
    names=("jobs",),
    replaces_pods=True,
)
