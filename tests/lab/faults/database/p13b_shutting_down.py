"""PostgreSQL is shutting down and waits for a session that does not end; its Service has no endpoint meanwhile."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import hold, in_server, is_server_ready, restart_pgbouncer, restart_server
from tests.lab.shape import hangs_after


def inject(lab: Lab) -> None:
    hold(lab, "")
    in_server(lab, "kill -TERM 1")
    wait_until("db-0 is not ready", lambda: not is_server_ready(lab), seconds=60)
    restart_pgbouncer(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    restart_server(lab)
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P13b",
    title="PostgreSQL is shutting down and waits for a session",
    inject=inject,
    settled=lambda lab: hangs_after(lab, "Testing database connectivity", seconds=25),
    heal=heal,
    causes=("database.starting",),
    names=("db-0", "shutting down"),
    timeout_s=180.0,
)
