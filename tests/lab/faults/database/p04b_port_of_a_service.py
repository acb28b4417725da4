"""The template has no DB_PORT, and the Service `db` puts its own into the environment: `tcp://…`."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying, hangs_after


def is_settled(lab: Lab) -> bool:
    return crashes_saying(lab, "Database connection failed") or hangs_after(lab, "Testing database", seconds=25)


FAULT = Fault(
    id="P04b",
    title="DB_PORT comes from a Service's link",
    inject=lambda lab: worker.set_env(lab, "DB_PORT-"),
    settled=is_settled,
    heal=nothing,
    causes=("database.port-malformed",),
    names=("DB_PORT", "tcp://"),
)
