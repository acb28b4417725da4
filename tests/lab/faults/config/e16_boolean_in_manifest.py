"""What is to be deployed switches the health endpoint off by the way it writes true."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import BEFORE, forget_manifest, write_manifest


def inject(lab: Lab) -> None:
    write_manifest(lab, ENABLE_HEALTH_CHECK="True")


FAULT = Fault(
    id="E16",
    title="A manifest has a boolean that the worker takes for false",
    inject=inject,
    settled=worker.is_healthy,
    heal=forget_manifest,
    causes=("config.boolean-malformed",),
    names=("ENABLE_HEALTH_CHECK", "True"),
    command=BEFORE,
    warns=True,
)
