"""A pod that was deleted in its start takes its whole grace to end; its replacement is ready."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault

SLOW = "slow pod"
GRACE_S = 180


def inject(lab: Lab) -> None:
    before = {pod["metadata"]["name"] for pod in worker.pods(lab)}
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", min(before), "--wait=false", "--grace-period=1")
    wait_until("the worker of a new pod runs", lambda: _starting(lab, before) != "", seconds=60)
    lab.memory[SLOW] = _starting(lab, before)
    # A worker in its start ignores SIGTERM.
    grace = f"--grace-period={GRACE_S}"
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", lab.memory[SLOW], "--wait=false", grace)


def _starting(lab: Lab, before: set[str]) -> str:
    for pod in worker.pods(lab):
        states = {each["name"]: each["state"] for each in pod["status"].get("containerStatuses", [])}
        if pod["metadata"]["name"] not in before and "running" in states.get(worker.NAME, {}):
            return str(pod["metadata"]["name"])
    return ""


def is_settled(lab: Lab) -> bool:
    leaving = [pod for pod in worker.pods(lab) if "deletionTimestamp" in pod["metadata"]]
    staying = [pod for pod in worker.pods(lab) if "deletionTimestamp" not in pod["metadata"]]
    return bool(leaving) and len(staying) == worker.REPLICAS and all(map(worker.is_ready, staying))


def heal(lab: Lab) -> None:
    slow = (lab.memory[SLOW], "--ignore-not-found", "--wait=false", "--grace-period=1")
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", *slow)


FAULT = Fault(
    id="N11",
    title="A pod that was deleted takes long to end",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=(),
    replaces_pods=True,
)
