"""A trigger calls a function of an extension that the database does not have (supabase/supa_audit#17)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.temporal._temporal import count, delete_workflows, start_workflows

WORKFLOW = "genericJobWorkflow"
TRIGGER = """
CREATE FUNCTION jobs_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.job_id := uuid_generate_v4(); RETURN NEW; END $$;
CREATE TRIGGER jobs_key BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_key();
"""


def inject(lab: Lab) -> None:
    sql(lab, TRIGGER)
    start_workflows(lab, 12, WORKFLOW, "alga-jobs", {"jobName": "rmm-sync"})


def heal(lab: Lab) -> None:
    sql(lab, "DROP TRIGGER IF EXISTS jobs_key ON jobs; DROP FUNCTION IF EXISTS jobs_key")
    delete_workflows(lab)


FAULT = Fault(
    id="Z27",
    title="The database lacks an extension",
    stranger=True,
    inject=inject,
    settled=lambda lab: count(lab, f"WorkflowId STARTS_WITH 'lab-{WORKFLOW}-' AND ExecutionStatus = 'Failed'") >= 12,
    heal=heal,
    causes=("database.function-missing",),
    names=("uuid_generate_v4",),
)
