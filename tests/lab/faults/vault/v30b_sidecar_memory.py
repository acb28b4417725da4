"""The agent beside the worker has too small a memory limit; the one before it does not."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods

SMALL = {"limits": {"memory": "10Mi"}, "requests": {"memory": "10Mi", "cpu": "10m"}}


def inject(lab: Lab) -> None:
    patch = [{"op": "replace", "path": "/resources", "value": SMALL}]
    _pods.annotate(lab, {"agent-json-patch": json.dumps(patch)})


FAULT = Fault(
    id="V30b",
    title="The Vault agent beside the worker is killed at its memory limit",
    inject=inject,
    settled=lambda lab: _pods.was_killed_for_memory(lab, _pods.SIDECAR),
    heal=nothing,
    causes=("workload.agent-oom-killed",),
    names=("vault-agent", "10Mi"),
)
