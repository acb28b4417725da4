"""The agent writes its files below another folder than the command reads."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"secret-volume-path": "/secrets"})


FAULT = Fault(
    id="V34b",
    title="The agent's files lie in another folder than the command reads",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=nothing,
    causes=("secrets.file-not-produced",),
    names=("/vault/secrets/internal-api", "/secrets/internal-api"),
)
