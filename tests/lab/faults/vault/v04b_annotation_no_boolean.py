"""The annotation that asks for the agent has a value that is no boolean."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import is_creation_refused


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"agent-inject": "enabled"})


FAULT = Fault(
    id="V04b",
    title="The agent-inject annotation is no boolean",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "error checking if should inject agent"),
    heal=nothing,
    causes=("vault.annotation-invalid",),
    names=("vault.hashicorp.com/agent-inject", "enabled"),
)
