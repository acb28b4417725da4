"""The agent's image does not exist; the worker's does."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import AGENT_INIT

IMAGE = "docker.io/lab/vault:nope"


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"agent-image": IMAGE})


def is_settled(lab: Lab) -> bool:
    states = [_pods.status_of(pod, AGENT_INIT).get("state", {}) for pod in worker.new_pods(lab)]
    return any(state.get("waiting", {}).get("reason") == "ImagePullBackOff" for state in states)


FAULT = Fault(
    id="V33",
    title="The Vault agent's image does not exist",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("workload.image-not-found",),
    names=(IMAGE, AGENT_INIT),
)
