"""Left over from earlier beside healthy pods: an evicted pod, an old ReplicaSet, old events, ended jobs (C11)."""

import json
from datetime import UTC, datetime, timedelta

from tests.lab import worker
from tests.lab.cluster import Lab, LabError
from tests.lab.fault import Fault

NAME = "temporal-worker-evicted"
EVICTION = {
    "phase": "Failed",
    "reason": "Evicted",
    "message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi.",
}

EVENTS = {
    "BackOff": "Back-off restarting failed container temporal-worker in pod",
    "FailedScheduling": "0/2 nodes are available: 2 Insufficient cpu.",
    "Unhealthy": 'Readiness probe failed: Get "http://10.91.1.5:8080/health": connect: connection refused',
    "Failed": 'Failed to pull image "docker.io/lab/temporal-worker:older": not found',
}
EVENTS_AGE = timedelta(minutes=50)
JOBS = {"lab-job-done": "true", "lab-job-failed": "false"}


def inject(lab: Lab) -> None:
    _leave_pod(lab)
    _leave_events(lab)
    for name, command in JOBS.items():
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "namespace": worker.NAMESPACE},
            "spec": {
                "backoffLimit": 0,
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [{"name": "job", "image": "docker.io/lab/busybox:1", "command": [command]}],
                    }
                },
            },
        }
        lab.kubectl("create", "-f", "-", stdin=json.dumps(job))


def _leave_events(lab: Lab) -> None:
    at = (datetime.now(UTC) - EVENTS_AGE).strftime("%Y-%m-%dT%H:%M:%SZ")
    pod = worker.pods(lab)[0]["metadata"]["name"]
    for reason, message in EVENTS.items():
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"lab-leftover-{reason.lower()}", "namespace": worker.NAMESPACE},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": worker.NAMESPACE, "name": pod},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "count": 7,
            "firstTimestamp": at,
            "lastTimestamp": at,
        }
        lab.kubectl("create", "-f", "-", stdin=json.dumps(event))


def _leave_pod(lab: Lab) -> None:
    # A rollout that is given up at once leaves an empty ReplicaSet.
    worker.restart(lab)
    worker.go_back(lab)
    template = worker.pods(lab)[0]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "namespace": worker.NAMESPACE, "labels": {"lab": "leftover"}},
        # No scheduler takes it, so that no kubelet writes over the status given below.
        "spec": {
            "schedulerName": "nobody",
            "containers": [{"name": worker.NAME, "image": template["spec"]["containers"][0]["image"]}],
        },
    }
    lab.kubectl("create", "-f", "-", stdin=json.dumps(pod))
    lab.kubectl(
        "-n", worker.NAMESPACE, "patch", "pod", NAME, "--subresource=status", "-p", json.dumps({"status": EVICTION})
    )
    # Only an ended pod may get the worker's labels: of a living one, the ReplicaSet would delete it as surplus.
    metadata = {"labels": template["metadata"]["labels"], "ownerReferences": template["metadata"]["ownerReferences"]}
    lab.patch(worker.NAMESPACE, "pod", NAME, {"metadata": metadata})


def is_settled(lab: Lab) -> bool:
    found = {pod["metadata"]["name"]: pod for pod in worker.pods(lab)}
    if found.get(NAME, {}).get("status", {}).get("phase") != "Failed":
        raise LabError(f"the pod {NAME} is not left over")
    others = [pod for name, pod in found.items() if name != NAME]
    jobs = lab.items(worker.NAMESPACE, "jobs")
    if sum(bool(each["status"].get("succeeded") or each["status"].get("failed")) for each in jobs) < len(JOBS):
        return False
    return len(others) == worker.REPLICAS and all(map(worker.is_ready, others))


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", NAME, "--ignore-not-found", "--grace-period=0", "--force")
    lab.kubectl("-n", worker.NAMESPACE, "delete", "job", *JOBS, "--ignore-not-found")
    events = [f"lab-leftover-{reason.lower()}" for reason in EVENTS]
    lab.kubectl("-n", worker.NAMESPACE, "delete", "event", *events, "--ignore-not-found")


FAULT = Fault(
    id="N03",
    title="Leftovers of an eviction, of an old rollout, of jobs and of old events (C11)",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=(),
)
