"""A rate limit for a whole queue was set in Temporal and forgotten (temporalio/temporal#3145)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _limits
from tests.lab.faults.temporal._temporal import delete_workflows

QUEUE, REASON = "alga-jobs", "load test of the reporting team"


def inject(lab: Lab) -> None:
    _limits.set_limit(lab, QUEUE, "0.01", REASON)
    _limits.start(lab, 100, "genericJobWorkflow", QUEUE, '{"jobName": "rmm-sync"}')


def heal(lab: Lab) -> None:
    _limits.set_limit(lab, QUEUE, "default", "")
    delete_workflows(lab)


FAULT = Fault(
    id="Y13",
    title="A rate limit of a queue holds its work back",
    inject=inject,
    settled=lambda lab: _limits.have_waited(lab, 30),
    heal=heal,
    causes=("temporal.queue-rate-limited",),
    names=(QUEUE,),
    stranger=True,
)
