"""The webhook's caBundle is not that of the injector's certificate, and pods are let through without an agent."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    _pods.distrust(lab)
    worker.restart(lab)


FAULT = Fault(
    id="V03",
    title="The injector's certificate is not of the webhook's CA",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=_pods.trust,
    causes=("vault.webhook-untrusted",),
    names=(_pods.WEBHOOK,),
)
