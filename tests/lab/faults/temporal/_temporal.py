"""The lab's Temporal server as faults change it, spoken to by its own command line, and servers in its place."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab, LabError, wait_until

NAMESPACE = "temporal"
FRONTEND = "deployment/temporal-frontend"
SERVICE = "temporal-frontend.temporal.svc.cluster.local"
PORT = 7233
ADDRESS = f"{SERVICE}:{PORT}"
QUIET = ">/dev/null 2>&1"

APP = "/app/ee/temporal-workflows"
WORKFLOWS = f"{APP}/dist/ee/temporal-workflows/src/workflows"

_SCRIPT = "server.mjs"
# Below the program, so that its modules are found.
_FOLDER = f"{APP}/lab"
# The server remembers pollers for minutes; of pods that are gone they no longer count.
_SETTLED_SINCE = "all pods are new since"


def temporal(lab: Lab, *arguments: str) -> str:
    """What Temporal's command line prints, run beside the server."""
    return lab.kubectl("-n", NAMESPACE, "exec", FRONTEND, "--", "temporal", *arguments)


def in_frontend(lab: Lab, script: str, *, stdin: str | None = None) -> str:
    """What a shell script prints, run beside the server."""
    return lab.kubectl("-n", NAMESPACE, "exec", "-i", FRONTEND, "--", "sh", "-c", script, stdin=stdin)


def start_workflows(lab: Lab, number: int, workflow: str, queue: str, argument: Mapping[str, object]) -> None:
    """Start executions of a workflow, named after it, which `delete_workflows` takes away."""
    options = f"--type {workflow} --task-queue {queue} --input '{json.dumps(argument)}'"
    one = f"temporal workflow start --workflow-id lab-{workflow}-$each {options} {QUIET}"
    # Each start is a process of its own: some at once, not all.
    in_frontend(lab, f"for each in $(seq {number}); do {one} & [ $((each % 8)) = 0 ] && wait; done; wait")


def delete_workflows(lab: Lab) -> None:
    """Delete what `start_workflows` started, running or ended, so that nothing of it stays in Temporal's lists."""
    started = 'WorkflowId STARTS_WITH "lab-"'
    temporal(lab, "workflow", "delete", "--query", started, "--reason", "lab", "--yes")
    wait_until("workflows are deleted", lambda: count(lab, started) == 0, seconds=150)


def count(lab: Lab, query: str) -> int:
    """How many executions match a query."""
    found: str = json.loads(temporal(lab, "workflow", "count", "--query", query, "--output", "json")).get("count", "0")
    return int(found)


def schedules(lab: Lab) -> str:
    """All schedules, as JSON."""
    return temporal(lab, "schedule", "list", "--output", "json")


def bring_schedule_back(lab: Lab, schedule: str) -> None:
    """Let a worker of the healthy template start anew, which sets up all schedules."""
    pod = worker.pods(lab)[0]["metadata"]["name"]
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", pod, "--grace-period=1", "--wait=false")
    wait_until(f"{schedule} is back", lambda: schedule in schedules(lab), seconds=120)


def is_task_attempted(lab: Lab, workflow_id: str, times: int) -> bool:
    """Whether the present task of a workflow has been tried so often."""
    output = json.loads(temporal(lab, "workflow", "describe", "--workflow-id", workflow_id, "--output", "json"))
    return int(output.get("pendingWorkflowTask", {}).get("attempt", 0)) >= times


def image_of_worker(lab: Lab) -> str:
    """The image of the worker, which has node and Temporal's SDK."""
    found: str = worker.pods(lab)[0]["spec"]["containers"][0]["image"]
    return found


def run_server(lab: Lab, name: str, kind: str, *, files: Mapping[str, str] | None = None) -> str:
    """Run a stand-in for the frontend in Temporal's namespace, a Service before it; its address."""
    script = (Path(__file__).parent / "_stand_in.mjs").read_text(encoding="utf-8")
    command = ["node", f"{_FOLDER}/{_SCRIPT}", kind, ADDRESS]
    run_pod(lab, name, command, {_SCRIPT: script, **(files or {})}, ready={"tcpSocket": {"port": PORT}})
    return f"{name}.{NAMESPACE}.svc.cluster.local:{PORT}"


def fails_task(lab: Lab, query: str, times: int) -> bool:
    """Whether the present task of a running execution that matches has been tried so often."""
    running = f"({query}) AND ExecutionStatus = 'Running'"
    found = json.loads(temporal(lab, "workflow", "list", "--query", running, "--output", "json") or "[]")
    return any(is_task_attempted(lab, each["execution"]["workflowId"], times) for each in found)


def run_pod(
    lab: Lab,
    name: str,
    command: list[str],
    files: Mapping[str, str],
    *,
    ready: Mapping[str, Any] | None = None,
    claim: str = "",
) -> None:
    """Run a pod of the worker's image in Temporal's namespace, a Service of its name before it."""
    volumes: list[dict[str, Any]] = [{"name": "files", "configMap": {"name": name}}]
    mounts = [{"name": "files", "mountPath": _FOLDER}]
    if claim:
        volumes.append({"name": "data", "persistentVolumeClaim": {"claimName": claim}})
        mounts.append({"name": "data", "mountPath": "/data"})
    container: dict[str, Any] = {
        "name": "main",
        "image": image_of_worker(lab),
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "volumeMounts": mounts,
        **({"readinessProbe": {**ready, "periodSeconds": 1}} if ready else {}),
    }
    user = {"securityContext": {"runAsUser": 1000, "runAsGroup": 1000}} if claim else {}
    spec = {"terminationGracePeriodSeconds": 1, "containers": [container], "volumes": volumes, **user}
    things = [
        _object("ConfigMap", name, data=dict(files)),
        _object("Service", name, spec={"selector": {"app": name}, "ports": [{"name": "grpc", "port": PORT}]}),
        _object("Pod", name, labels={"app": name}, spec=spec),
    ]
    lab.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": things}))
    wait_until(f"{name} is ready", lambda: worker.is_ready(lab.item(NAMESPACE, "pod", name)), seconds=60)


def remove_pod(lab: Lab, name: str) -> None:
    """Take away what `run_server` or `run_pod` made."""
    things = [f"{kind}/{name}" for kind in ("pod", "service", "configmap")]
    lab.kubectl("-n", NAMESPACE, "delete", *things, "--ignore-not-found", "--grace-period=1", "--wait=true")


def run_other_worker(lab: Lab, name: str, queue: str, *, change: tuple[str, str] = ("", ""), version: str = "") -> None:
    """Run a worker of another release in Temporal's namespace: its workflow code changed, or of a version."""
    script = (Path(__file__).parent / "_other_worker.mjs").read_text(encoding="utf-8")
    files = {"worker.mjs": script, "workflows.js": _workflow_code(lab).replace(*change)}
    run_pod(lab, name, ["node", f"{_FOLDER}/worker.mjs", ADDRESS, queue, version], files)
    polls = (lambda: queue in _queues_of(lab, version)) if version else (lambda: name in _pollers(lab, queue))
    wait_until(f"{name} polls", polls, seconds=180)


def _pollers(lab: Lab, queue: str) -> str:
    return temporal(lab, "task-queue", "describe", "--task-queue", queue, "--output", "json")


def _queues_of(lab: Lab, version: str) -> str:
    """What is known of a deployment version, which the pollers of a queue do not have; nothing while it is unknown."""
    deployment, build = version.split("/")
    which = ("--deployment-name", deployment, "--build-id", build)
    try:
        return temporal(lab, "worker", "deployment", "describe-version", *which, "--output", "json")
    except LabError:
        return ""


def _workflow_code(lab: Lab) -> str:
    pod = next(pod["metadata"]["name"] for pod in worker.pods(lab) if worker.is_ready(pod))
    path = f"{WORKFLOWS}/non-authored-index.js"
    return lab.kubectl("-n", worker.NAMESPACE, "exec", pod, "-c", worker.NAME, "--", "cat", path)


def replace_workflows(lab: Lab, name: str, change: tuple[str, str]) -> None:
    """Begin a rollout of workers whose workflow code has a text replaced; the code is a ConfigMap mounted over it."""
    path = f"{WORKFLOWS}/non-authored-index.js"
    body = _object("ConfigMap", name, data={"index.js": _workflow_code(lab).replace(*change)})
    body["metadata"]["namespace"] = worker.NAMESPACE
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(body))
    mount = {"name": name, "mountPath": path, "subPath": "index.js"}
    volume = {"name": name, "configMap": {"name": name}}
    container = {"name": worker.NAME, "volumeMounts": [mount]}
    worker.patch_template(lab, {"spec": {"containers": [container], "volumes": [volume]}})


def forget_workflows(lab: Lab, name: str) -> None:
    """Take the code of `replace_workflows` away; the Deployment's rollback ends its use."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", "configmap", name, "--ignore-not-found")


def all_new_for(lab: Lab, seconds: float) -> bool:
    """Whether for that long all pods of the worker have been new and ready."""
    if len(worker.new_pods(lab)) != len(worker.pods(lab)) or not worker.is_healthy(lab):
        return False
    since = datetime.fromisoformat(lab.memory.setdefault(_SETTLED_SINCE, datetime.now(UTC).isoformat()))
    return (datetime.now(UTC) - since).total_seconds() >= seconds


def _object(kind: str, name: str, labels: Mapping[str, str] | None = None, **parts: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": NAMESPACE, "labels": dict(labels or {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, **parts}
