"""One workflow in nine fails, of more than one page of those that ended holds: the server's counts tell the share."""

from tests.lab.fault import Fault
from tests.lab.faults.temporal._mixture import WORKFLOW, all_ended, start
from tests.lab.faults.temporal._temporal import delete_workflows
from tests.lab.faults.temporal.t26_share_fails import BAD, GOOD

ROUNDS, GOOD_EACH = 26, 8


FAULT = Fault(
    id="T26b",
    title="One workflow in nine fails, of more than a page",
    inject=lambda lab: start(
        lab, *[(number, output) for _ in range(ROUNDS) for number, output in ((1, BAD), (GOOD_EACH, GOOD))]
    ),
    settled=lambda lab: all_ended(lab, ROUNDS * (GOOD_EACH + 1)),
    heal=delete_workflows,
    causes=("temporal.failed-share",),
    timeout_s=300.0,
    names=(WORKFLOW, "Generic job workflow failed"),
)
