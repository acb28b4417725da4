"""The pooler's list has the database under another name; the server has it (pgbouncer/pgbouncer#988, #1005)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import restart_pgbouncer
from tests.lab.faults.stranger import _pods

CONFIG, FILE = "pgbouncer-config", "pgbouncer.ini"
RIGHT, WRONG = "\nserver = host", "\nserver_prod = host"


def inject(lab: Lab) -> None:
    _rename(lab, RIGHT, WRONG)
    _pods.replace(lab)


def heal(lab: Lab) -> None:
    _rename(lab, WRONG, RIGHT)
    _pods.drop(lab)


def _rename(lab: Lab, old: str, new: str) -> None:
    text = lab.item(worker.NAMESPACE, "configmap", CONFIG)["data"][FILE]
    lab.patch(worker.NAMESPACE, "configmap", CONFIG, {"data": {FILE: text.replace(old, new)}})
    restart_pgbouncer(lab)


FAULT = Fault(
    id="R04",
    title="The pooler's list has the database under another name",
    stranger=True,
    inject=inject,
    settled=lambda lab: _pods.crashes(lab, "no such database"),
    heal=heal,
    causes=("database.database-not-found",),
    names=(CONFIG,),
    replaces_pods=True,
)
