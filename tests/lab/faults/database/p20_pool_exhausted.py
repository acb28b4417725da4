"""The worker's own pool of connections is held by its slow statements; the database has free slots."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import reset_server, sql
from tests.lab.shape import says

SLOW = """
CREATE OR REPLACE FUNCTION lab_slow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(40); RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER lab_slow BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION lab_slow();
"""


def inject(lab: Lab) -> None:
    sql(lab, SLOW)
    worker.set_env(lab, "LAB_START_WORKFLOWS_EVERY=1")


def heal(lab: Lab) -> None:
    worker.go_back(lab)
    # The lock that dropping takes waits for the statements that sleep.
    sql(lab, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'insert into \"jobs\"%'")
    sql(lab, "SET lock_timeout = '50s'; DROP FUNCTION IF EXISTS lab_slow() CASCADE")
    reset_server(lab)


FAULT = Fault(
    id="P20",
    title="The worker's connection pool is held by slow statements",
    inject=inject,
    settled=lambda lab: says(lab, "The pool is probably full"),
    heal=heal,
    causes=("database.pool-exhausted",),
    names=("pool",),
    timeout_s=180.0,
    replaces_pods=True,
)
