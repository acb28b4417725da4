"""The failures lie beyond the first page of what ended: hundreds that succeed have ended since."""

from tests.lab.fault import Fault
from tests.lab.faults.temporal._mixture import WORKFLOW, all_ended, start
from tests.lab.faults.temporal._temporal import delete_workflows

GOOD: dict[str, object] = {"jobName": "rmm-sync"}
BAD: dict[str, object] = {**GOOD, "failWorkflow": True}
FAILED, SUCCEEDED = 30, 220


FAULT = Fault(
    id="T26b",
    title="Workflows that failed are beyond the first page of those that ended",
    inject=lambda lab: start(lab, (FAILED, BAD), (SUCCEEDED, GOOD)),
    settled=lambda lab: all_ended(lab, FAILED + SUCCEEDED),
    heal=delete_workflows,
    causes=("temporal.failed-share",),
    timeout_s=300.0,
    names=(WORKFLOW, "Generic job workflow failed"),
)
