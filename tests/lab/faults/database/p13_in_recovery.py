"""PostgreSQL stays in recovery and takes no sessions; its Service leads to it all the same."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import in_server, reset_server, restart_pgbouncer, sql
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "service", "db", {"spec": {"publishNotReadyAddresses": True}})
    sql(lab, "ALTER SYSTEM SET hot_standby = off")
    in_server(lab, 'touch "$PGDATA/standby.signal"')
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", "db-0", "--grace-period=5")
    wait_until("db-0 runs", lambda: "false" in in_server(lab, "pg_isready -q && echo true || echo false"), seconds=90)
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    # A server that never got into recovery cannot be promoted out of it.
    in_server(lab, 'if [ -e "$PGDATA/standby.signal" ]; then pg_ctl promote; fi; true')
    reset_server(lab)
    lab.patch(worker.NAMESPACE, "service", "db", {"spec": {"publishNotReadyAddresses": None}})


FAULT = Fault(
    id="P13",
    title="PostgreSQL is in recovery and takes no sessions",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Database connection failed"),
    heal=heal,
    causes=("database.starting",),
    names=("db-0", "standby"),
    timeout_s=180.0,
)
