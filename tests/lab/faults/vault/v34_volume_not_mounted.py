"""The agent's volume is mounted in other containers than the worker's."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"agent-inject-containers": "sidecar"})


FAULT = Fault(
    id="V34",
    title="The agent's volume is not mounted in the worker",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=nothing,
    causes=("secrets.volume-not-mounted",),
    names=("temporal-worker", "/vault/secrets", "agent-inject-containers"),
)
