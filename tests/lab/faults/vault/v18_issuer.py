"""Vault validates the issuer of tokens, and expects another one than this cluster's."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import MOUNT, configure, restore_auth
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    configure(lab, "issuer=https://issuer.invalid", "disable_iss_validation=false")
    worker.restart(lab)


FAULT = Fault(
    id="V18",
    title="Vault expects another token issuer",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=restore_auth,
    causes=("vault.issuer-mismatch",),
    names=(MOUNT,),
)
