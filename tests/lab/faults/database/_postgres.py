"""The lab's PostgreSQL and the PgBouncer in front of it, as faults change them."""

import base64

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab, wait_until

DATABASE = "server"
DIRECT = ("DB_HOST=db.msp.svc.cluster.local", "DB_PORT=5432")
"""Variables that lead the worker past the pooler."""
SERVER = "statefulset/db"
PGBOUNCER = "deployment/pgbouncer"
WORKER_USER = "app_user_pgbouncer"
CREDENTIALS = "db-credentials"
HOLDER = "lab-holder"
"""The application name of sessions that a fault holds open."""

_IN_SERVER = ("-n", worker.NAMESPACE, "exec", "-i", "db-0", "--")
_CONFIG, _INI = "pgbouncer-config", "pgbouncer.ini"
_STORED_CONFIG = "pgbouncer.ini"


def sql(lab: Lab, statements: str, *, database: str = DATABASE) -> str:
    """What the superuser's statements print, run beside the server; the first error ends them."""
    words = ("psql", "--username=postgres", "--set=ON_ERROR_STOP=1", "--tuples-only", "--no-align", "--quiet", database)
    return lab.kubectl(*_IN_SERVER, *words, stdin=statements).strip()


def in_server(lab: Lab, script: str) -> str:
    """What a script prints that bash runs beside the server."""
    return lab.kubectl(*_IN_SERVER, "bash", "-c", script)


def hold(lab: Lab, statements: str, *, user: str = "postgres", sessions: int = 1) -> None:
    """Holds sessions open after their statements; `let_go` ends them, at the latest after ten minutes."""
    _hold(lab, f"--username={user}", statements, sessions)


def hold_through_pooler(lab: Lab, statements: str) -> None:
    """Holds a session of the worker's user open through PgBouncer."""
    _hold(lab, f"--host=pgbouncer --port=6432 --username={WORKER_USER}", statements, 1)


def let_go(lab: Lab) -> None:
    """End the sessions of `hold`, from the server's side."""
    sql(lab, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{HOLDER}'")


def _hold(lab: Lab, options: str, statements: str, sessions: int) -> None:
    psql = f'PGAPPNAME={HOLDER} PGPASSWORD="$DB_PASSWORD_PGBOUNCER" psql {options} --quiet {DATABASE}'
    # An open input keeps the session open, idle in the transaction that its statements may have begun. Nothing of it
    # may hold the streams of the command that begins it. What is left of that command belongs to process 1, the
    # server, which takes an end with more than 1 for the crash of one of its own and starts all anew.
    held = f"(exec >/dev/null 2>&1; {psql} < <(echo '{statements}'; exec sleep 600) || exit 1) &"
    in_server(lab, f"for each in $(seq {sessions}); do {held} done; sleep 2")
    count = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{HOLDER}'"
    wait_until("sessions are held", lambda: int(sql(lab, count)) > 0, seconds=20)


def restart_pgbouncer(lab: Lab) -> None:
    """Make all of PgBouncer's connections anew: a changed role, database or setting counts for new ones only."""
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "restart", PGBOUNCER)
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "status", PGBOUNCER, "--timeout=50s")
    wait_until("one PgBouncer", lambda: len(_pgbouncers(lab)) == 1, seconds=60)


def configure_pgbouncer(lab: Lab, **settings: object) -> None:
    """Start PgBouncer with other settings; `reset_pgbouncer` takes them back."""
    text = lab.item(worker.NAMESPACE, "configmap", _CONFIG)["data"][_INI]
    lab.memory.setdefault(_STORED_CONFIG, text)
    stored = [line for line in text.splitlines() if line.partition("=")[0].strip() not in settings]
    changed = "\n".join((*stored, *(f"{name} = {value}" for name, value in settings.items()), ""))
    lab.patch(worker.NAMESPACE, "configmap", _CONFIG, {"data": {_INI: changed}})
    restart_pgbouncer(lab)


def reset_pgbouncer(lab: Lab) -> None:
    """Undo `configure_pgbouncer`."""
    if _STORED_CONFIG in lab.memory:
        lab.patch(worker.NAMESPACE, "configmap", _CONFIG, {"data": {_INI: lab.memory[_STORED_CONFIG]}})
    restart_pgbouncer(lab)


def restart_server(lab: Lab) -> None:
    """Start PostgreSQL anew, and wait until it answers."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", "db-0", "--grace-period=5", "--ignore-not-found")
    wait_until("db-0 is ready", lambda: is_server_ready(lab), seconds=120)


def reset_server(lab: Lab) -> None:
    """Take away all settings that faults gave to PostgreSQL, also where it takes no session that could do so."""
    if "=" in in_server(lab, 'cat "$PGDATA/postgresql.auto.conf"'):
        in_server(lab, ': > "$PGDATA/postgresql.auto.conf"; rm -f "$PGDATA/standby.signal"')
        restart_server(lab)
    restart_pgbouncer(lab)


def is_server_ready(lab: Lab) -> bool:
    """Whether PostgreSQL's pod is ready."""
    return worker.is_ready(lab.item(worker.NAMESPACE, "pod", "db-0"))


def set_worker_password(lab: Lab) -> None:
    """Give the worker's role the password that is in the Secret, without an end of its life."""
    encoded: str = lab.item(worker.NAMESPACE, "secret", CREDENTIALS)["data"]["DB_PASSWORD_PGBOUNCER"]
    password = base64.b64decode(encoded).decode()
    sql(lab, f"ALTER ROLE {WORKER_USER} LOGIN CONNECTION LIMIT -1 PASSWORD '{password}' VALID UNTIL 'infinity'")


def _pgbouncers(lab: Lab) -> list[JsonObject]:
    return lab.items(worker.NAMESPACE, "pods", "app.kubernetes.io/name=pgbouncer")
