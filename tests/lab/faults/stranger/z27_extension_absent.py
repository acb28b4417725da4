"""A trigger calls a function of an extension that the database does not have (supabase/supa_audit#17)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.stranger import _jobs
from tests.lab.faults.temporal._temporal import delete_workflows

TRIGGER = """
CREATE FUNCTION jobs_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.job_id := uuid_generate_v4(); RETURN NEW; END $$;
CREATE TRIGGER jobs_key BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_key();
"""


def inject(lab: Lab) -> None:
    sql(lab, TRIGGER)
    _jobs.start(lab)


def heal(lab: Lab) -> None:
    sql(lab, "DROP TRIGGER IF EXISTS jobs_key ON jobs; DROP FUNCTION IF EXISTS jobs_key")
    delete_workflows(lab)


FAULT = Fault(
    id="Z27",
    title="The database lacks an extension",
    stranger=True,
    inject=inject,
    settled=_jobs.have_failed,
    heal=heal,
    arrives=_jobs.arrive,
    causes=("database.function-missing",),
    names=("uuid_generate_v4",),
)
