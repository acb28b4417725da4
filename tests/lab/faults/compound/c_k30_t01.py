"""The Deployment is scaled to zero, so no pod can say that Temporal is down, too."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal.t01_frontend_down import FAULT as FRONTEND_DOWN
from tests.lab.faults.temporal.t01_frontend_down import FRONTEND
from tests.lab.faults.workload.k30_scaled_to_zero import FAULT as ZERO


def inject(lab: Lab) -> None:
    # A restart, as the other fault has it, would make pods.
    lab.scale("temporal", FRONTEND, 0)
    ZERO.inject(lab)


def heal(lab: Lab) -> None:
    FRONTEND_DOWN.heal(lab)
    ZERO.heal(lab)


FAULT = Fault(
    id="C-K30-T01",
    title="The Deployment is scaled to zero, and the Temporal frontend is down",
    inject=inject,
    settled=ZERO.settled,
    heal=heal,
    causes=(*ZERO.causes, *FRONTEND_DOWN.causes),
    names=(*ZERO.names, *FRONTEND_DOWN.names),
    replaces_pods=True,
)
