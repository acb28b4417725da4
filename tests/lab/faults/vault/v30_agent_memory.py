"""The agent's memory limit is too small for it, so that its init container is killed."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import AGENT_INIT


def inject(lab: Lab) -> None:
    _pods.annotate(lab, {"agent-limits-mem": "10Mi", "agent-requests-mem": "10Mi"})


FAULT = Fault(
    id="V30",
    title="The Vault agent's init container is killed at its memory limit",
    inject=inject,
    settled=lambda lab: _pods.was_killed_for_memory(lab, AGENT_INIT),
    heal=nothing,
    causes=("workload.agent-oom-killed",),
    names=(AGENT_INIT, "10Mi"),
)
