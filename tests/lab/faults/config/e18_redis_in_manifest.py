"""What is to be deployed looks for Redis in its own pod."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import BEFORE, forget_manifest, write_manifest


def inject(lab: Lab) -> None:
    write_manifest(lab, REDIS_HOST="localhost")


FAULT = Fault(
    id="E18",
    title="A manifest leaves Redis at localhost",
    inject=inject,
    settled=worker.is_healthy,
    heal=forget_manifest,
    causes=("config.service-not-named",),
    names=("REDIS_HOST", "localhost"),
    command=BEFORE,
)
