"""Questions about what the new pods show: whether a fault has reached the shape it is known for."""

import re
from datetime import UTC, datetime, timedelta

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab

AGENT_INIT = "vault-agent-init"
BACK_OFF = "CrashLoopBackOff"

# Longer than the readiness probe's period: a failure just beside the line may be of the moment before it.
PROBE_DELAY = timedelta(seconds=6)


def waits(lab: Lab, *reasons: str, container: str = worker.NAME) -> bool:
    """Whether a container of a new pod, by default the worker's, waits for one of these reasons."""
    return any(_waiting_reason(pod, container) in reasons for pod in worker.new_pods(lab))


def crashes_saying(lab: Lab, text: str) -> bool:
    """Whether a new pod's worker is in back-off after a run whose log has this text."""
    return any(
        _waiting_reason(pod, worker.NAME) == BACK_OFF and text in log(lab, pod, worker.NAME)
        for pod in worker.new_pods(lab)
    )


def agent_says(lab: Lab, text: str) -> bool:
    """Whether a new pod hangs in the Vault agent's init container, whose log has this text."""
    return any(
        not _container(pod, AGENT_INIT).get("ready") and text in log(lab, pod, AGENT_INIT)
        for pod in worker.new_pods(lab)
    )


def says(lab: Lab, text: str) -> bool:
    """Whether a new pod's worker runs and its log has this text."""
    return any(
        "running" in _container(pod, worker.NAME).get("state", {}) and text in log(lab, pod, worker.NAME)
        for pod in worker.new_pods(lab)
    )


def is_older(lab: Lab, seconds: float) -> bool:
    """Whether a new pod was made longer ago than this."""
    made = (datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) for pod in worker.new_pods(lab))
    return any((datetime.now(UTC) - each).total_seconds() > seconds for each in made)


def is_new_pod_ready(lab: Lab) -> bool:
    """Whether a new pod is ready."""
    return any(map(worker.is_ready, worker.new_pods(lab)))


def is_killed_for_memory(lab: Lab) -> bool:
    """Whether a new pod's worker was last ended for its memory limit, and waits to be started again."""
    return any(
        _waiting_reason(pod, worker.NAME) == BACK_OFF
        and _container(pod, worker.NAME)["lastState"]["terminated"]["reason"] == "OOMKilled"
        for pod in worker.new_pods(lab)
    )


def restarts(lab: Lab) -> int:
    """How often a new pod's worker was started again, at most."""
    return max((_container(pod, worker.NAME).get("restartCount", 0) for pod in worker.new_pods(lab)), default=0)


def is_unschedulable(lab: Lab, text: str, *, whatever_template: bool = False) -> bool:
    """Whether a new pod, or one of whatever template, cannot be placed, for a reason with this text."""
    return any(
        each["type"] == "PodScheduled" and each["status"] == "False" and text in each.get("message", "")
        for pod in (worker.pods(lab) if whatever_template else worker.new_pods(lab))
        for each in pod["status"].get("conditions", [])
    )


def is_creation_refused(lab: Lab, text: str) -> bool:
    """Whether the Deployment reports that its pods are refused, with this text."""
    conditions = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["status"]["conditions"]
    return any(each["type"] == "ReplicaFailure" and text in each.get("message", "") for each in conditions)


def hangs_after(lab: Lab, text: str, *, seconds: float) -> bool:
    """Whether a new pod's worker runs, and has logged nothing for that long after a line with this text."""
    for pod in worker.new_pods(lab):
        running = _container(pod, worker.NAME).get("state", {}).get("running")
        lines = [line for line in log(lab, pod, worker.NAME, "--timestamps").splitlines() if " " in line.strip()]
        if not running or not lines or text not in lines[-1]:
            continue
        if datetime.now(UTC) - _time(lines[-1].split()[0]) >= timedelta(seconds=seconds):
            return True
    return False


def fails_probe_after(lab: Lab, text: str) -> bool:
    """Whether a probe of a new pod failed after its worker had logged this text."""
    for pod in worker.new_pods(lab):
        lines = log(lab, pod, worker.NAME, "--timestamps").splitlines()
        logged = [_time(line.split()[0]) for line in lines if text in line]
        if logged and any(_time(observed) > logged[0] + PROBE_DELAY for observed in _probe_failures(lab, pod)):
            return True
    return False


def was_not_started(lab: Lab, text: str) -> bool:
    """Whether the runtime could not start a new pod's worker, for a reason with this text."""
    return any(text in str(_container(pod, worker.NAME).get("lastState", {})) for pod in worker.new_pods(lab)) or any(
        text in str(_container(pod, worker.NAME).get("state", {}).get("waiting", {})) for pod in worker.new_pods(lab)
    )


def ended(lab: Lab, code: int, reason: str, *, times: int = 1) -> bool:
    """Whether a new pod's worker has ended so often, the last time with this exit code and reason."""
    for pod in worker.new_pods(lab):
        status = _container(pod, worker.NAME)
        end = status.get("lastState", {}).get("terminated", {})
        if status.get("restartCount", 0) >= times and (end.get("exitCode"), end.get("reason")) == (code, reason):
            return True
    return False


def is_evicted(lab: Lab, *, times: int) -> bool:
    """Whether so many new pods have been evicted."""
    return len([pod for pod in worker.new_pods(lab) if pod["status"].get("reason") == "Evicted"]) >= times


def stays_unready(lab: Lab, *, seconds: float) -> bool:
    """Whether a new pod is not ready although its worker is, which was started so long ago."""
    for pod in worker.new_pods(lab):
        status = _container(pod, worker.NAME)
        if status.get("ready") and not worker.is_ready(pod):
            started = _time(status["state"]["running"]["startedAt"])
            return datetime.now(UTC) - started >= timedelta(seconds=seconds)
    return False


def has_event(lab: Lab, reason: str, text: str, *, times: int = 1) -> bool:
    """Whether new pods have events of this reason with this text, so many in all."""
    names = {pod["metadata"]["name"] for pod in worker.new_pods(lab)}
    # A message with a changing part, such as a sandbox's id, makes an event of its own each time.
    observed = sum(
        each.get("count") or 1
        for each in lab.items(worker.NAMESPACE, "events")
        if each["involvedObject"].get("name") in names and each["reason"] == reason and text in each.get("message", "")
    )
    return observed >= times


def log(lab: Lab, pod: JsonObject, container: str, *options: str) -> str:
    """The present log of a container, or nothing if there is none yet."""
    name = pod["metadata"]["name"]
    return lab.try_kubectl("-n", worker.NAMESPACE, "logs", name, "-c", container, *options)


def _probe_failures(lab: Lab, pod: JsonObject) -> list[str]:
    name = pod["metadata"]["name"]
    events = lab.items(worker.NAMESPACE, "events")
    own = [each for each in events if each["involvedObject"].get("name") == name and each["reason"] == "Unhealthy"]
    return [each["lastTimestamp"] for each in own if each.get("lastTimestamp")]


def _container(pod: JsonObject, name: str) -> JsonObject:
    status = pod["status"]
    found: list[JsonObject] = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
    return next((each for each in found if each["name"] == name), {})


def _waiting_reason(pod: JsonObject, name: str) -> str:
    reason: str = _container(pod, name).get("state", {}).get("waiting", {}).get("reason", "")
    return reason


def _time(text: str) -> datetime:
    # The kubelet writes nanoseconds, which Python does not read.
    return datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
