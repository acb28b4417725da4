"""The database accepts no writes. Nothing crashes: start-up only reads."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault

SETTING = "default_transaction_read_only"
ASK = ("exec", "db-0", "--", "psql", "--username=postgres", "--tuples-only", "--no-align", "--command")


def inject(lab: Lab) -> None:
    _change(lab, f"ALTER DATABASE server SET {SETTING} = on")


def heal(lab: Lab) -> None:
    _change(lab, f"ALTER DATABASE server RESET {SETTING}")


def is_settled(lab: Lab) -> bool:
    return lab.kubectl("-n", worker.NAMESPACE, *ASK, f"SHOW {SETTING}", "server").strip() == "on"


def _change(lab: Lab, statement: str) -> None:
    # By way of another database: one that is read-only refuses to be altered from inside.
    lab.kubectl("-n", worker.NAMESPACE, *ASK, statement, "postgres")
    # The setting holds for new connections only, and PgBouncer keeps its old ones.
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "restart", "deployment/pgbouncer")
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "status", "deployment/pgbouncer", "--timeout=50s")
    wait_until("one PgBouncer", lambda: len(_pgbouncers(lab)) == 1, seconds=60)


def _pgbouncers(lab: Lab) -> list[dict[str, object]]:
    return lab.items(worker.NAMESPACE, "pods", "app.kubernetes.io/name=pgbouncer")


FAULT = Fault(
    id="P14",
    title="The database is read-only",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("database.read-only",),
)
