"""What is to be deployed has the text of a template in place of a required value."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import BEFORE, forget_manifest, write_manifest


def inject(lab: Lab) -> None:
    write_manifest(lab, APPLICATION_URL="{{ .Values.applicationUrl }}")


FAULT = Fault(
    id="E17",
    title="A manifest has the text of a template for a required value",
    inject=inject,
    settled=worker.is_healthy,
    heal=forget_manifest,
    causes=("config.value-unrendered",),
    names=("APPLICATION_URL",),
    command=BEFORE,
    warns=True,
)
