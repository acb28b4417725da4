"""A variable is given twice, differently; the worker works with the last one."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import add_variables, is_changed


def inject(lab: Lab) -> None:
    add_variables(lab, {"name": "DB_POOL_MAX", "value": "20"}, {"name": "DB_POOL_MAX", "value": "5"})


FAULT = Fault(
    id="E04",
    title="A variable is given twice, and differently",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.variable-twice",),
    names=("DB_POOL_MAX",),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
