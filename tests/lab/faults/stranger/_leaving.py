"""Pods of the worker's last version that were deleted, and run on."""

from datetime import UTC, datetime
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.faults.stranger import _pods
from tests.lab.faults.temporal._temporal import count, delete_workflows, start_workflows

HOUR_S = 3600
LINGERS: dict[str, Any] = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", str(HOUR_S)]}}}}
"""What makes a container run on for an hour after its pod was deleted."""
_STARTED_AT = "jobs started at"


def all_at_once(lab: Lab) -> None:
    """Let rollouts start all new pods at once; `recover` takes it back."""
    _set_surge(lab, worker.REPLICAS)


def roll_out(lab: Lab, container: dict[str, Any]) -> None:
    """Roll out pods whose worker has these changes, and an hour to end."""
    patch(lab, container)
    wait_rolled_out(lab)


def patch(lab: Lab, container: dict[str, Any]) -> None:
    """Change the template so."""
    change = {"terminationGracePeriodSeconds": HOUR_S, "containers": [{"name": worker.NAME, **container}]}
    worker.patch_template(lab, {"spec": change})


def wait_rolled_out(lab: Lab) -> None:
    """Wait until all pods that are not leaving are of the present template and ready."""
    wait_until("the version is rolled out", lambda: _is_rolled_out(lab), seconds=150)


def undo(lab: Lab) -> None:
    """Return to the version before, and wait until its pods are ready; those of the last one stay."""
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "undo", worker.DEPLOYMENT)
    wait_rolled_out(lab)


def start_jobs(lab: Lab, number: int = 60) -> None:
    """Start jobs, which every pod that polls may get."""
    start_workflows(lab, number, "genericJobWorkflow", "alga-jobs", {"jobName": "rmm-sync"})
    lab.memory[_STARTED_AT] = datetime.now(UTC).isoformat()


def some_failed(lab: Lab) -> bool:
    """Whether jobs have failed, some seconds after they were started, and pods are still leaving."""
    since = datetime.now(UTC) - datetime.fromisoformat(lab.memory[_STARTED_AT])
    failed = count(lab, "WorkflowId STARTS_WITH 'lab-genericJobWorkflow' AND ExecutionStatus = 'Failed'")
    return since.total_seconds() > 10 and failed > 0


def recover(lab: Lab) -> None:
    """Take the jobs and the leaving pods away, and have the healthy version."""
    delete_workflows(lab)
    worker.go_back(lab)
    wait_until("the healthy version is alone", lambda: _is_alone(lab), seconds=240)
    _set_surge(lab, 1)


def _is_alone(lab: Lab) -> bool:
    # Also those that the return to it makes and takes away again would stay for an hour.
    names = [pod["metadata"]["name"] for pod in _pods.terminating(lab)]
    if names:
        lab.try_kubectl("-n", worker.NAMESPACE, "delete", "pod", *names, "--grace-period=1", "--wait=false")
    return worker.is_healthy(lab)


def _set_surge(lab: Lab, pods: int) -> None:
    change = {"spec": {"strategy": {"rollingUpdate": {"maxSurge": pods}}}}
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, change)


def _is_rolled_out(lab: Lab) -> bool:
    found = lab.item(worker.NAMESPACE, "deployment", worker.NAME)
    status = found["status"]
    counts = {status.get(each) for each in ("updatedReplicas", "readyReplicas", "replicas")}
    return counts == {worker.REPLICAS} and bool(status.get("observedGeneration") == found["metadata"]["generation"])
