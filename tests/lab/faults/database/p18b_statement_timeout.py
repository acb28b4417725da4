"""The admin role's statements are cancelled after a second, which a slow statement of the schedules exceeds."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import reset_server, restart_pgbouncer, sql
from tests.lab.shape import is_new_pod_ready

TABLE, AWAY = "rmm_integrations", "lab_rmm_integrations"
SLOW = f"""
ALTER TABLE {TABLE} RENAME TO {AWAY};
CREATE FUNCTION lab_slow_rows() RETURNS SETOF {AWAY} LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(3); RETURN QUERY SELECT * FROM {AWAY}; END $$;
CREATE VIEW {TABLE} AS SELECT * FROM lab_slow_rows();
"""


def inject(lab: Lab) -> None:
    sql(lab, SLOW)
    sql(lab, "ALTER ROLE postgres SET statement_timeout = '1s'")
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    sql(lab, "ALTER ROLE postgres RESET statement_timeout")
    if sql(lab, f"SELECT to_regclass('{AWAY}')"):
        sql(
            lab,
            f"DROP VIEW IF EXISTS {TABLE}; DROP FUNCTION IF EXISTS lab_slow_rows; ALTER TABLE {AWAY} RENAME TO {TABLE}",
        )
    reset_server(lab)


FAULT = Fault(
    id="P18b",
    title="Slow statements are cancelled by a timeout of the role",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("database.statements-cancelled",),
    names=("statement_timeout", "postgres"),
    replaces_pods=True,
)
