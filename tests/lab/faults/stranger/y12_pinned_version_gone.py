"""Workflows are pinned to a build whose last worker was removed; it is no longer current
(temporalio/temporal-worker-controller#573)."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _versions
from tests.lab.faults.temporal._temporal import count, delete_workflows, remove_pod, run_other_worker, start_workflows

NAME, QUEUE = "lab-versioned-worker", "portal-domain-workflows"
DEPLOYMENT, BUILD = "portal-worker", "2026-10-02"
GONE_AT = "the version's worker is gone since"
PINNED = f"TemporalWorkerDeploymentVersion = '{DEPLOYMENT}:{BUILD}' AND ExecutionStatus = 'Running'"


def inject(lab: Lab) -> None:
    run_other_worker(lab, NAME, QUEUE, version=f"{DEPLOYMENT}/{BUILD}")
    _versions.set_current(lab, DEPLOYMENT, BUILD)
    # It has no activities, so that its workflows stay open.
    start_workflows(lab, 3, "genericJobWorkflow", QUEUE, {"jobName": "rmm-sync"})
    wait_until("workflows are pinned", lambda: count(lab, PINNED) == 3, seconds=30)
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
