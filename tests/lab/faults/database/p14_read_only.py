"""The database accepts no writes. Nothing crashes: start-up only reads."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import restart_pgbouncer, sql

SETTING = "default_transaction_read_only"


def inject(lab: Lab) -> None:
    _change(lab, f"ALTER DATABASE server SET {SETTING} = on")


def heal(lab: Lab) -> None:
    _change(lab, f"ALTER DATABASE server RESET {SETTING}")


def is_settled(lab: Lab) -> bool:
    return sql(lab, f"SHOW {SETTING}") == "on"


def _change(lab: Lab, statement: str) -> None:
    # By way of another database: one that is read-only refuses to be altered from inside.
    sql(lab, statement, database="postgres")
    restart_pgbouncer(lab)


FAULT = Fault(
    id="P14",
    title="The database is read-only",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("database.read-only",),
)
