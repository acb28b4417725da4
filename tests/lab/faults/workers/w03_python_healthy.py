"""Nothing is changed."""

from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING

FAULT = Fault(
    id="W03",
    title="A worker in Python as a StatefulSet, with a client of the same environment",
    scene=BILLING,
    inject=nothing,
    settled=BILLING.is_healthy,
    heal=nothing,
    causes=(),
    # The login is by a driver: the image has no program that could try it.
    unknown=True,
)
