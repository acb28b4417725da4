"""PostgreSQL that waits at each commit for a standby that is not there."""

from tests.lab.cluster import Lab
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.temporal._temporal import count, start_workflows

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
JOBS = "WorkflowId STARTS_WITH 'lab-genericJobWorkflow'"


def require(lab: Lab, standbys: str) -> None:
    """Let each commit wait for these standbys."""
    sql(lab, f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
    sql(lab, "SELECT pg_reload_conf()")


def require_none(lab: Lab) -> None:
    """Undo `require`; what waits goes on."""
    sql(lab, "ALTER SYSTEM RESET synchronous_standby_names")
    sql(lab, "SELECT pg_reload_conf()")


def start_jobs(lab: Lab, number: int = 40) -> None:
    """Start jobs, each of which writes a row."""
    start_workflows(lab, number, "genericJobWorkflow", "alga-jobs", {"jobName": "rmm-sync"})


def jobs_fail(lab: Lab) -> bool:
    """Whether jobs have failed."""
    return count(lab, f"{JOBS} AND ExecutionStatus = 'Failed'") > 0


def waits(lab: Lab) -> bool:
    """Whether a commit waits."""
    return int(sql(lab, WAITING)) > 0
