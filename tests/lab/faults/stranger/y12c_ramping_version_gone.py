"""A share of the new workflows goes to a ramping version, whose last worker was removed."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _versions
from tests.lab.faults.temporal._temporal import delete_workflows, remove_pod, run_other_worker, start_workflows

NAME, QUEUE = "lab-versioned-worker", "tenant-workflows"
DEPLOYMENT, BUILD = "tenant-worker", "2026-11-02-rc1"
GONE_AT = "the version's worker is gone since"


def inject(lab: Lab) -> None:
    run_other_worker(lab, NAME, QUEUE, version=f"{DEPLOYMENT}/{BUILD}")
    _versions.set_ramping(lab, DEPLOYMENT, BUILD, "--percentage", "60")
    remove_pod(lab, NAME)
    start_workflows(lab, 8, "readinessWorkflow", QUEUE, {})
    lab.memory[GONE_AT] = datetime.now(UTC).isoformat()


def is_settled(lab: Lab) -> bool:
    return (datetime.now(UTC) - datetime.fromisoformat(lab.memory[GONE_AT])).total_seconds() > 70


def heal(lab: Lab) -> None:
    remove_pod(lab, NAME)
    _versions.unset_ramping(lab, DEPLOYMENT)
    delete_workflows(lab)


FAULT = Fault(
    id="Y12c",
    title="A share of the new workflows goes to a version that no worker runs",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.version-not-polled",),
    names=(QUEUE, BUILD),
    stranger=True,
)
