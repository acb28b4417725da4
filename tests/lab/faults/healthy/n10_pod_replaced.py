"""One pod was deleted and replaced, another restarted once; all are ready."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault

RESTARTED = "restarted pod"


def inject(lab: Lab) -> None:
    deleted, restarted, *_ = [pod["metadata"]["name"] for pod in worker.pods(lab)]
    lab.memory[RESTARTED] = restarted
    lab.kubectl("-n", worker.NAMESPACE, "exec", restarted, "-c", worker.NAME, "--", "bash", "-c", "kill 1")
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", deleted, "--wait=false")


def is_settled(lab: Lab) -> bool:
    restarts = {
        pod["metadata"]["name"]: each["restartCount"]
        for pod in worker.pods(lab)
        for each in pod["status"].get("containerStatuses", [])
        if each["name"] == worker.NAME
    }
    return restarts.get(lab.memory[RESTARTED], 0) > 0 and worker.is_healthy(lab)


def heal(lab: Lab) -> None:
    # Restarts would be in all later recordings.
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", lab.memory[RESTARTED], "--ignore-not-found", "--wait=false")


FAULT = Fault(
    id="N10",
    title="A pod was replaced and another restarted once",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=(),
    timeout_s=240.0,
    replaces_pods=True,
)
