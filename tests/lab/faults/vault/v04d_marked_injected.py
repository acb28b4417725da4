"""The pod template has the mark of pods that have their agent, as a copy of a live pod does."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"agent-inject-status": "injected"})


FAULT = Fault(
    id="V04d",
    title="The pod template is marked as injected",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=nothing,
    causes=("vault.marked-injected",),
    names=("vault.hashicorp.com/agent-inject-status",),
)
