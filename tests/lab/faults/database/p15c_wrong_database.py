"""The database's name is that of another one, which exists and is empty."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready

FAULT = Fault(
    id="P15c",
    title="The worker uses another database, which is empty",
    inject=lambda lab: worker.set_env(lab, "DB_NAME_SERVER=postgres"),
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("database.table-missing",),
    names=("postgres", "DB_NAME_SERVER"),
    replaces_pods=True,
)
