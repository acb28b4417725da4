"""The webhook's caBundle is not that of the injector's certificate, and no pod is let through without an agent."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import is_creation_refused


def inject(lab: Lab) -> None:
    _pods.fail_closed(lab)
    _pods.distrust(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    _pods.fail_open(lab)
    _pods.trust(lab)


FAULT = Fault(
    id="V03b",
    title="The injector's certificate is not of the webhook's CA, and the webhook fails closed",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "x509"),
    heal=heal,
    causes=("vault.webhook-untrusted",),
    names=(_pods.WEBHOOK,),
)
