"""The worker's pods as they start anew from the healthy template, after something else has changed."""

from datetime import UTC, datetime

from tests.lab import shape, worker
from tests.lab.cluster import JsonObject, Lab, wait_until


def node_of(lab: Lab, namespace: str, selector: str) -> str:
    """The node of the first such pod."""
    found: str = lab.items(namespace, "pods", selector)[0]["spec"]["nodeName"]
    return found


def other_node(lab: Lab, node: str) -> str:
    """A node that is not this one."""
    return next(name for name in _nodes(lab) if name != node)


def replace(lab: Lab, node: str = "") -> None:
    """Delete the worker's pods, those of one node if it is named, and let the new ones come to the same node."""
    chosen = [pod["metadata"]["name"] for pod in worker.pods(lab) if node in ("", pod["spec"].get("nodeName"))]
    others = [name for name in _nodes(lab) if name != node]
    if node:
        lab.kubectl("cordon", *others)
    try:
        # Where none was on the node, one comes to it.
        doomed = chosen or [worker.pods(lab)[0]["metadata"]["name"]]
        lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", *doomed, "--grace-period=1", "--wait=false")
        wait_until("new pods are placed", lambda: _are_placed(lab, doomed), seconds=60)
    finally:
        if node:
            lab.kubectl("uncordon", *others)


def restart_on(lab: Lab, node: str) -> None:
    """Begin a rollout whose first pod comes to this node."""
    others = [name for name in _nodes(lab) if name != node]
    lab.kubectl("cordon", *others)
    try:
        worker.restart(lab)
        wait_until("a new pod is placed", lambda: any(map(_is_placed, worker.new_pods(lab))), seconds=60)
    finally:
        lab.kubectl("uncordon", *others)


def hangs(lab: Lab, text: str, *, seconds: float, container: str = worker.NAME) -> bool:
    """Whether a pod that is not ready was made so long ago, and the last line of its log has this text."""
    return any(_age(pod) > seconds and text in (_lines(lab, pod, container) or [""])[-1] for pod in _not_ready(lab))


def crashes(lab: Lab, text: str, *, container: str = worker.NAME) -> bool:
    """Whether a pod that is not ready has ended and started again, after a run whose log has this text."""
    return any(_restarts(pod) > 0 and text in shape.log(lab, pod, container, "--previous") for pod in _not_ready(lab))


def says(lab: Lab, text: str, *, seconds: float = 0, container: str = worker.NAME) -> bool:
    """Whether a pod that is not ready was made so long ago, and its log has this text."""
    return any(_age(pod) > seconds and text in shape.log(lab, pod, container) for pod in _not_ready(lab))


def drop(lab: Lab) -> None:
    """Delete the pods that are not ready: a back-off may last for minutes."""
    names = [pod["metadata"]["name"] for pod in _not_ready(lab)]
    if names:
        lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", *names, "--grace-period=1", "--wait=false")


def terminating(lab: Lab) -> list[JsonObject]:
    """The worker's pods that were deleted and still run."""
    return [pod for pod in worker.pods(lab) if "deletionTimestamp" in pod["metadata"]]


def _nodes(lab: Lab) -> list[str]:
    return [each["metadata"]["name"] for each in lab.items("", "nodes") if each["metadata"]["name"].startswith("lab-")]


def _are_placed(lab: Lab, doomed: list[str]) -> bool:
    living = [pod for pod in worker.pods(lab) if pod["metadata"]["name"] not in doomed]
    return len(living) == worker.REPLICAS and all(map(_is_placed, living))


def _is_placed(pod: JsonObject) -> bool:
    return bool(pod["spec"].get("nodeName"))


def _not_ready(lab: Lab) -> list[JsonObject]:
    living = [pod for pod in worker.pods(lab) if "deletionTimestamp" not in pod["metadata"]]
    return [pod for pod in living if not worker.is_ready(pod)]


def _lines(lab: Lab, pod: JsonObject, container: str) -> list[str]:
    return [line for line in shape.log(lab, pod, container).splitlines() if line.strip()]


def _restarts(pod: JsonObject) -> int:
    return max((each.get("restartCount", 0) for each in pod["status"].get("containerStatuses", [])), default=0)


def _age(pod: JsonObject) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(pod["metadata"]["creationTimestamp"])).total_seconds()
