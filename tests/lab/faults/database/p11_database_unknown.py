"""The database does not exist, by the name that the worker asks for."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "DB_NAME_SERVER=app_servr")


FAULT = Fault(
    id="P11",
    title="The database name is misspelt",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "app_servr"),
    heal=nothing,
    causes=("database.database-not-found",),
    names=("app_servr",),
)
