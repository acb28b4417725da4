"""The worker's Deployment: its pods, its rollouts, and the rollback to the healthy pods.

A bad rollout leaves the old ReplicaSet's pods running, so going back to it takes seconds and starts nothing.
"""

from datetime import UTC, datetime
from typing import Any

from tests.lab.cluster import JsonObject, Lab, LabError, wait_until

NAMESPACE = "msp"
NAME = "temporal-worker"
DEPLOYMENT = f"deployment/{NAME}"
SELECTOR = "app.kubernetes.io/component=temporal-worker"
REPLICAS = 3
HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"

_HEALTHY_HASH = "healthy template"


def pods(lab: Lab) -> list[JsonObject]:
    """All pods of the worker, terminating and ended ones too."""
    return lab.items(NAMESPACE, "pods", SELECTOR)


def new_pods(lab: Lab) -> list[JsonObject]:
    """The living pods that were not made from the healthy template."""
    healthy = lab.memory.get(_HEALTHY_HASH)
    return [pod for pod in pods(lab) if _hash(pod) != healthy and "deletionTimestamp" not in pod["metadata"]]


def is_healthy(lab: Lab) -> bool:
    """Whether exactly the wanted pods exist, all ready, of one template, and none is on its way out."""
    found = pods(lab)
    if lab.item(NAMESPACE, "deployment", NAME)["spec"]["replicas"] != REPLICAS:
        # Work of a start-up may make the autoscaler add pods, which it takes back only after minutes.
        lab.kubectl("-n", NAMESPACE, "scale", DEPLOYMENT, f"--replicas={REPLICAS}")
        return False
    return len(found) == REPLICAS and all(map(is_ready, found)) and len({_hash(pod) for pod in found}) == 1


def remember_healthy(lab: Lab) -> None:
    """Stores the template of the healthy pods."""
    lab.memory[_HEALTHY_HASH] = _hash(pods(lab)[0])


def restart(lab: Lab) -> None:
    """Begin a rollout of new pods from the same template."""
    now = datetime.now(UTC).isoformat()
    # As `kubectl rollout restart` does it, which refuses a second restart within a second.
    patch_template(lab, {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": now}}})


def set_env(lab: Lab, *changes: str) -> None:
    """Set (`NAME=value`) or remove (`NAME-`) variables, which begins a rollout."""
    lab.kubectl("-n", NAMESPACE, "set", "env", DEPLOYMENT, *changes)


def patch_template(lab: Lab, change: dict[str, Any]) -> None:
    """Change the pod template, which begins a rollout."""
    lab.patch(NAMESPACE, "deployment", NAME, {"spec": {"template": change}})


def patch_container(lab: Lab, change: dict[str, Any]) -> None:
    """Change the worker's container in the pod template, which begins a rollout."""
    patch_template(lab, {"spec": {"containers": [{"name": NAME, **change}]}})


def go_back(lab: Lab) -> None:
    """Return to the healthy template; pods of other templates are taken away at once."""
    revision = _healthy_revision(lab)
    if revision:
        lab.kubectl("-n", NAMESPACE, "rollout", "undo", DEPLOYMENT, f"--to-revision={revision}")
    # The Deployment must have given up its new ReplicaSet, or that would replace the pods deleted below.
    wait_until("the rollback is observed", lambda: _gave_up_new_pods(lab), seconds=60)
    broken = [pod["metadata"]["name"] for pod in pods(lab) if _hash(pod) != lab.memory[_HEALTHY_HASH]]
    if broken:
        # A worker in its start-up ignores SIGTERM, and would keep the next fault waiting for its 30 s of grace.
        lab.try_kubectl("-n", NAMESPACE, "delete", "pod", *broken, "--grace-period=1", "--wait=false")


def wait_healthy(lab: Lab, seconds: float) -> float:
    """Wait until the worker is healthy, and return the seconds that this took."""

    def holds() -> bool:
        _sweep(lab)
        return is_healthy(lab)

    return wait_until("three ready pods of one template", holds, seconds=seconds)


def _sweep(lab: Lab) -> None:
    """Deletes pods that have failed: a pod that is evicted during the removal of a fault stays indefinitely."""
    ended = [pod["metadata"]["name"] for pod in pods(lab) if pod["status"].get("phase") == "Failed"]
    if ended:
        lab.try_kubectl("-n", NAMESPACE, "delete", "pod", *ended, "--wait=false")


def is_ready(pod: JsonObject) -> bool:
    """Whether a pod is ready and not on its way out."""
    conditions = pod["status"].get("conditions", [])
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _healthy_revision(lab: Lab) -> str:
    """The revision of the healthy template, or nothing if it is the present one."""
    sets = lab.items(NAMESPACE, "replicasets", SELECTOR)
    healthy = [each for each in sets if _hash(each) == lab.memory[_HEALTHY_HASH]]
    if not healthy:
        raise LabError("the ReplicaSet of the healthy template is gone")
    revision: str = healthy[0]["metadata"]["annotations"][REVISION]
    current = lab.item(NAMESPACE, "deployment", NAME)["metadata"]["annotations"][REVISION]
    return "" if revision == current else revision


def _gave_up_new_pods(lab: Lab) -> bool:
    deployment = lab.item(NAMESPACE, "deployment", NAME)
    sets = lab.items(NAMESPACE, "replicasets", SELECTOR)
    # Only while enough healthy pods run does a rollback empty the other sets at once.
    stored = [each for each in sets if _hash(each) != lab.memory[_HEALTHY_HASH] and each["spec"]["replicas"]]
    healthy = [pod for pod in pods(lab) if is_ready(pod) and _hash(pod) == lab.memory[_HEALTHY_HASH]]
    observed = deployment["status"].get("observedGeneration") == deployment["metadata"]["generation"]
    return observed and (not stored or len(healthy) < REPLICAS)


def _hash(thing: JsonObject) -> str:
    found: str = thing["metadata"].get("labels", {}).get(HASH, "")
    return found
