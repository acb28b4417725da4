"""The injector's Service leads to a port that nobody listens on, and pods are let through without an agent."""

import time

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying

# An injector that has just been started may not be reached for another reason than the port.
SETTLES_S = 12.0


def inject(lab: Lab) -> None:
    _pods.lead_astray(lab)
    time.sleep(SETTLES_S)
    worker.restart(lab)


FAULT = Fault(
    id="V02c",
    title="The Vault injector's Service leads to a port without a listener, and its webhook fails open",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=_pods.lead_back,
    causes=("vault.injector-unreachable",),
    names=(f"vault/{_pods.SERVICE}",),
)
