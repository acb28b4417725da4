"""Temporal allows a namespace few requests a second, the polls of its workers among them (airbytehq/airbyte#30691)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _rates
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    _rates.set_limit(lab, "frontend.namespaceRPS", 1)
    _rates.set_limit(lab, "frontend.namespaceBurstRatio", 1)
    SHIPPING.restart(lab, "deployment/parcel-worker")


FAULT = Fault(
    id="Z47",
    title="Temporal limits the requests of a namespace",
    stranger=True,
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.logs(lab, "parcel-worker", "namespace rate limit exceeded"),
    heal=_rates.restore,
    causes=("temporal.namespace-rate-limited",),
    names=("shipping",),
    timeout_s=150.0,
)
