"""Questions about what the new pods show: whether a fault has reached the shape it is known for."""

import re
from datetime import datetime, timedelta

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab

AGENT_INIT = "vault-agent-init"
BACK_OFF = "CrashLoopBackOff"

# Longer than the readiness probe's period: a failure just beside the line may be of the moment before it.
PROBE_DELAY = timedelta(seconds=6)


def waits(lab: Lab, *reasons: str) -> bool:
    """Whether a new pod's worker container waits for one of these reasons."""
    return any(_waiting_reason(pod, worker.NAME) in reasons for pod in worker.new_pods(lab))


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


def is_unschedulable(lab: Lab, text: str) -> bool:
    """Whether a new pod cannot be placed, for a reason with this text."""
    return any(
        each["type"] == "PodScheduled" and each["status"] == "False" and text in each.get("message", "")
        for pod in worker.new_pods(lab)
        for each in pod["status"].get("conditions", [])
    )


def is_creation_refused(lab: Lab, text: str) -> bool:
    """Whether the Deployment reports that its pods are refused, with this text."""
    conditions = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["status"]["conditions"]
    return any(each["type"] == "ReplicaFailure" and text in each.get("message", "") for each in conditions)


def fails_probe_after(lab: Lab, text: str) -> bool:
    """Whether a probe of a new pod failed after its worker had logged this text."""
    for pod in worker.new_pods(lab):
        lines = log(lab, pod, worker.NAME, "--timestamps").splitlines()
        logged = [_time(line.split()[0]) for line in lines if text in line]
        if logged and any(_time(seen) > logged[0] + PROBE_DELAY for seen in _probe_failures(lab, pod)):
            return True
    return False


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
