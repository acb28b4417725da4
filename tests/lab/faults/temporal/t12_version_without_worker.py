"""Temporal sends new workflows of a queue to a deployment version that no worker runs any more."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import (
    delete_workflows,
    remove_pod,
    run_other_worker,
    start_workflows,
    temporal,
)

NAME = "lab-versioned-worker"
QUEUE = "portal-domain-workflows"
DEPLOYMENT, BUILD = "temporal-worker", "2026-11-20"
GONE_AT = "the version's worker is gone since"
FORGETTING_S = 70.0


def inject(lab: Lab) -> None:
    run_other_worker(lab, NAME, QUEUE, version=f"{DEPLOYMENT}/{BUILD}")
    set_current(lab, "--build-id", BUILD)
    remove_pod(lab, NAME)
    lab.memory[GONE_AT] = datetime.now(UTC).isoformat()
    start_workflows(lab, 2, "readinessWorkflow", QUEUE, {})


def set_current(lab: Lab, *which: str) -> None:
    """Sets the version that gets new workflows."""
    command = ("worker", "deployment", "set-current-version", "--deployment-name", DEPLOYMENT, "--yes")
    temporal(lab, *command, "--ignore-missing-task-queues", *which)


def is_settled(lab: Lab) -> bool:
    return (datetime.now(UTC) - datetime.fromisoformat(lab.memory[GONE_AT])).total_seconds() > FORGETTING_S


def heal(lab: Lab) -> None:
    remove_pod(lab, NAME)
    set_current(lab, "--unversioned")
    delete_workflows(lab)


FAULT = Fault(
    id="T12",
    title="New workflows go to a version that no worker runs",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.version-not-polled",),
    names=(QUEUE, BUILD),
)
