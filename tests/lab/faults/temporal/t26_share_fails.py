"""One workflow in nine fails among many that succeed: no type fails as a whole, and no page is full."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._mixture import WORKFLOW, all_ended, start
from tests.lab.faults.temporal._temporal import delete_workflows

GOOD: dict[str, object] = {"jobName": "rmm-sync"}
BAD: dict[str, object] = {**GOOD, "failWorkflow": True}
ROUNDS, GOOD_EACH = 10, 8


def inject(lab: Lab) -> None:
    start(
        lab, *[(number, output) for _ in range(ROUNDS) for number, output in ((1, BAD), (GOOD_EACH, GOOD))], (12, GOOD)
    )


FAULT = Fault(
    id="T26",
    title="One workflow in nine fails",
    inject=inject,
    settled=lambda lab: all_ended(lab, ROUNDS * (GOOD_EACH + 1) + 12),
    heal=delete_workflows,
    causes=("temporal.failed-share",),
    timeout_s=300.0,
    names=(WORKFLOW, "Generic job workflow failed"),
)
