"""The worker's driver sends a start-up parameter that PgBouncer does not take."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

FAULT = Fault(
    id="P23",
    title="The pooler does not take a start-up parameter",
    inject=lambda lab: worker.set_env(lab, "PGOPTIONS=-c statement_timeout=5000"),
    settled=lambda lab: crashes_saying(lab, "unsupported startup parameter"),
    heal=nothing,
    causes=("database.parameter-unsupported",),
    names=("options", "PGOPTIONS"),
)
