"""The queue of the schedules has a limit: their runs, and those that people start, wait for their activities."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _limits
from tests.lab.faults.temporal._temporal import delete_workflows

QUEUE, REASON = "email-domain-workflows", "the provider blocked us"


def inject(lab: Lab) -> None:
    _limits.set_limit(lab, QUEUE, "0.02", REASON)
    _limits.start(lab, 80, "emailPollingReconcileWorkflow", QUEUE, "{}")


def heal(lab: Lab) -> None:
    _limits.set_limit(lab, QUEUE, "default", "")
    delete_workflows(lab)


FAULT = Fault(
    id="Y13b",
    title="A rate limit of the schedules' queue holds its work back",
    inject=inject,
    settled=lambda lab: _limits.have_waited(lab, 30),
    heal=heal,
    causes=("temporal.queue-rate-limited",),
    names=(QUEUE,),
    stranger=True,
)
