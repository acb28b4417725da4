"""The agent's file may be read by its own user alone."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"agent-inject-perms-auth-key": "0400"})


FAULT = Fault(
    id="V40",
    title="The worker's user may not read the agent's file",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Permission denied"),
    heal=nothing,
    causes=("secrets.file-unreadable",),
    names=("/vault/secrets/auth-key",),
)
