"""PgBouncer as its administrator stops it: by signals, and by its console."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.faults.database._postgres import PGBOUNCER, WORKER_USER, configure_pgbouncer


def send(lab: Lab, signal: str) -> None:
    """Send a signal to PgBouncer: USR1 pauses it, USR2 lets it go on."""
    lab.kubectl("-n", worker.NAMESPACE, "exec", PGBOUNCER, "--", "sh", "-c", f"kill -{signal} 1")


def command(lab: Lab, statement: str) -> None:
    """Give PgBouncer's console a command, for which it is started with an administrator."""
    configure_pgbouncer(lab, admin_users=WORKER_USER)
    login = f"--host=pgbouncer --port=6432 --username={WORKER_USER} pgbouncer"
    psql = f'PGPASSWORD="$DB_PASSWORD_PGBOUNCER" psql {login} --command="{statement}"'
    lab.kubectl("-n", worker.NAMESPACE, "exec", "db-0", "--", "bash", "-c", psql)
