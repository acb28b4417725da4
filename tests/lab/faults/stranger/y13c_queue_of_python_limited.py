"""The queue of a worker in Python, in a namespace of its own, has a limit."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing, _limits
from tests.lab.scene import BILLING

QUEUE, NAMESPACE = "invoices", "billing"


def inject(lab: Lab) -> None:
    # An activity that its workflow's own worker begins at once is not dispatched by the queue.
    _billing.change_program(lab, ("activities=[charge]", "activities=[charge], disable_eager_activity_execution=True"))
    _limits.set_limit(lab, QUEUE, "0.01", "month-end freeze", namespace=NAMESPACE)
    _limits.start(lab, 80, "InvoiceWorkflow", QUEUE, '"lab"', namespace=NAMESPACE)


def heal(lab: Lab) -> None:
    _limits.set_limit(lab, QUEUE, "default", "", namespace=NAMESPACE)
    _limits.delete(lab, NAMESPACE)


FAULT = Fault(
    id="Y13c",
    title="A rate limit of a queue of a worker in Python holds its work back",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _limits.have_waited(lab, 30),
    heal=heal,
    causes=("temporal.queue-rate-limited",),
    names=(QUEUE,),
    stranger=True,
)
