"""Workflows are pinned to a build whose last worker was removed; it is no longer current
(temporalio/temporal-worker-controller#573)."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _versions
from tests.lab.faults.temporal._temporal import delete_workflows, remove_pod, run_other_worker

NAME, QUEUE = "lab-versioned-worker", "portal-domain-workflows"
DEPLOYMENT, BUILD = "portal-worker", "2026-10-02"
GONE_AT = "the version's worker is gone since"
NUMBER = 3


def inject(lab: Lab) -> None:
    run_other_worker(lab, NAME, QUEUE, version=f"{DEPLOYMENT}/{BUILD}")
    _versions.set_current(lab, DEPLOYMENT, BUILD)
    # They begin when the worker is gone: workers without a version would execute their activities.
    for number in range(NUMBER):
        which = ("--workflow-id", f"lab-pinned-{number}", "--type", "genericJobWorkflow", "--task-queue", QUEUE)
        job = ("--input", '{"jobName": "rmm-sync"}', "--start-delay", "30s")
        _versions.temporal(lab, "temporal", "workflow", "start", *which, *job)
        _versions.pin(lab, f"lab-pinned-{number}", DEPLOYMENT, BUILD)
    _versions.set_current(lab, DEPLOYMENT, "")
    remove_pod(lab, NAME)
    lab.memory[GONE_AT] = datetime.now(UTC).isoformat()


def is_settled(lab: Lab) -> bool:
    return (datetime.now(UTC) - datetime.fromisoformat(lab.memory[GONE_AT])).total_seconds() > 70


def heal(lab: Lab) -> None:
    remove_pod(lab, NAME)
    _versions.set_current(lab, DEPLOYMENT, "")
    delete_workflows(lab)


FAULT = Fault(
    id="Y12",
    title="Open workflows are pinned to a version that no worker runs",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.version-not-polled",),
    names=(BUILD,),
    stranger=True,
)
