"""DB_HOST is in the pod template, but empty."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

FAULT = Fault(
    id="P04",
    title="DB_HOST is empty",
    inject=lambda lab: worker.set_env(lab, "DB_HOST="),
    settled=lambda lab: crashes_saying(lab, "Required Configuration Missing"),
    heal=nothing,
    causes=("config.variable-missing",),
    names=("DB_HOST",),
)
