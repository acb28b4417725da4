"""The pod template asks for the Vault agent in a cluster without an injector."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    _pods.remove_webhook(lab)
    worker.restart(lab)


FAULT = Fault(
    id="H01b",
    title="The Vault injector is not installed",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=_pods.restore_webhook,
    causes=("vault.webhook-missing",),
)
