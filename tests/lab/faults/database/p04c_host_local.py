"""DB_HOST is the pod itself, as in a template copied from a developer's machine."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

FAULT = Fault(
    id="P04c",
    title="DB_HOST is localhost",
    inject=lambda lab: worker.set_env(lab, "DB_HOST=localhost"),
    settled=lambda lab: crashes_saying(lab, "ECONNREFUSED"),
    heal=nothing,
    causes=("database.host-local",),
    names=("DB_HOST", "localhost"),
)
