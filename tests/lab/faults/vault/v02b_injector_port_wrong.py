"""The injector's Service leads to a port that nobody listens on, and the webhook lets no pod through without it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import is_creation_refused


def inject(lab: Lab) -> None:
    _pods.fail_closed(lab)
    _pods.lead_astray(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    _pods.fail_open(lab)
    _pods.lead_back(lab)


FAULT = Fault(
    id="V02b",
    title="The Vault injector's Service leads to a port without a listener, and its webhook fails closed",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "failed calling webhook"),
    heal=heal,
    causes=("vault.injector-unreachable",),
    names=(f"vault/{_pods.SERVICE}", "connection refused"),
)
