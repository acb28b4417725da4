"""One of two pods of a worker in Python has something wrong: its activities fail, and those of the other complete."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing, _limits
from tests.lab.scene import BILLING

POD, NUMBER = "invoice-worker-1", 40
CHARGE = '    return f"charged {invoice}"'
FAILS = f"""    import socket
    from temporalio.exceptions import ApplicationError

    if socket.gethostname() == "{POD}":
        raise ApplicationError("the ledger of this month is not open", non_retryable=True)
{CHARGE}"""


def inject(lab: Lab) -> None:
    _billing.change_program(lab, (CHARGE, FAILS))
    _limits.start(lab, NUMBER, _billing.WORKFLOW, _billing.QUEUE, '"lab"', namespace="billing")


def heal(lab: Lab) -> None:
    _limits.delete(lab, "billing")


FAULT = Fault(
    id="X74",
    title="The executions of one pod of two fail",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _limits.have_waited(lab, 5),
    heal=heal,
    causes=("temporal.differs-by-worker",),
    names=(POD, _billing.WORKFLOW),
    timeout_s=120.0,
)
