"""A trigger uses a column that its table no longer has, so each insert fails (hasura/graphql-engine#713)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.stranger import _jobs
from tests.lab.faults.temporal._temporal import delete_workflows

FUNCTION = "jobs_audit"
CREATE = f"""
CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN IF NEW.priority > 3 THEN NEW.metadata := '{{"urgent": true}}'; END IF; RETURN NEW; END $$;
CREATE TRIGGER {FUNCTION} BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION {FUNCTION}();
"""


def inject(lab: Lab) -> None:
    sql(lab, CREATE)
    _jobs.start(lab)


def heal(lab: Lab) -> None:
    sql(lab, f"DROP FUNCTION IF EXISTS {FUNCTION} CASCADE")
    delete_workflows(lab)


FAULT = Fault(
    id="R03",
    title="A trigger uses a column that its table does not have",
    stranger=True,
    inject=inject,
    settled=_jobs.have_failed,
    heal=heal,
    arrives=_jobs.arrive,
    causes=("database.trigger-failing",),
    names=(FUNCTION,),
)
