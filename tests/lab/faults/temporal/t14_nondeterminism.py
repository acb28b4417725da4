"""Executions that began under another release's code cannot be replayed by the worker's own."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import (
    count,
    delete_workflows,
    fails_task,
    remove_pod,
    run_other_worker,
    start_workflows,
)

NAME = "lab-other-worker"
QUEUE = "sla-workflows"
TYPE = "readinessWorkflow"
# The other release waits before it answers; the worker's own answers at once.
WAITING = (
    '  return { ok: true, echo: input.echo ?? "" };',
    '  await new Promise((resolve) => setTimeout(resolve, 30_000));\n  return { ok: true, echo: "late" };',
)
GONE_AT = "the other worker is gone since"
FORGETTING_S = 70.0
RUNNING = f"WorkflowId STARTS_WITH 'lab-{TYPE}-' AND ExecutionStatus = 'Running'"


def inject(lab: Lab) -> None:
    run_other_worker(lab, NAME, QUEUE, change=WAITING)
    # Which worker takes which is chance: of so many some go to the other one.
    start_workflows(lab, 24, TYPE, QUEUE, {})
    wait_until("the other worker has taken some", lambda: count(lab, RUNNING) > 0, seconds=20)
    remove_pod(lab, NAME)
    lab.memory[GONE_AT] = datetime.now(UTC).isoformat()


def is_settled(lab: Lab) -> bool:
    # The server remembers the other worker's last poll, which is a living one's for as long as a poll takes.
    gone_s = (datetime.now(UTC) - datetime.fromisoformat(lab.memory[GONE_AT])).total_seconds()
    return gone_s > FORGETTING_S and fails_task(lab, f"WorkflowType = '{TYPE}'", 3)


def heal(lab: Lab) -> None:
    remove_pod(lab, NAME)
    delete_workflows(lab)


FAULT = Fault(
    id="T14",
    title="Executions of another release's code cannot be replayed",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.workflow-nondeterministic",),
    names=(TYPE,),
    timeout_s=150.0,
)
