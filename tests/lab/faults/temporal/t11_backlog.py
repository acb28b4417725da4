"""More jobs come than the workers can do: one slot each, and jobs that are slow."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import sql
from tests.lab.faults.temporal._temporal import all_new_for, delete_workflows, start_workflows

QUEUE = "alga-jobs"
SLOW = """
CREATE FUNCTION lab_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(15); RETURN NEW; END';
CREATE TRIGGER lab_slow BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION lab_slow();
"""
FAST = "DROP TRIGGER IF EXISTS lab_slow ON jobs; DROP FUNCTION IF EXISTS lab_slow();"
STARTED = "jobs started"


def inject(lab: Lab) -> None:
    sql(lab, FAST + SLOW)
    worker.set_env(lab, "MAX_CONCURRENT_ACTIVITIES=1")


def is_settled(lab: Lab) -> bool:
    if STARTED not in lab.memory:
        if all_new_for(lab, 0):
            start_workflows(lab, 160, "genericJobWorkflow", QUEUE, {"jobName": "rmm-sync"})
            lab.memory[STARTED] = "yes"
        return False
    # Their first tasks make the work that waits.
    return all_new_for(lab, 20)


def heal(lab: Lab) -> None:
    delete_workflows(lab)
    sql(lab, FAST)


FAULT = Fault(
    id="T11",
    title="Work waits in a queue whose workers have no free slot",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.queue-backlog",),
    names=(QUEUE,),
    timeout_s=300.0,
    replaces_pods=True,
)
