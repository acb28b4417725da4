"""An init container that reads the agent's files runs before the agent."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods

PREPARE = {
    "name": "prepare",
    "image": "docker.io/lab/busybox:1",
    "command": ["/bin/sh", "-c", ". /vault/secrets/auth-key\necho prepared"],
}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"initContainers": [PREPARE]}})


def is_settled(lab: Lab) -> bool:
    states = [_pods.status_of(pod, "prepare").get("state", {}) for pod in worker.new_pods(lab)]
    return any(state.get("waiting", {}).get("reason") == "CrashLoopBackOff" for state in states)


FAULT = Fault(
    id="V35",
    title="An init container reads the agent's files before the agent runs",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("secrets.read-before-agent",),
    names=("prepare", "/vault/secrets/auth-key", "agent-init-first"),
)
