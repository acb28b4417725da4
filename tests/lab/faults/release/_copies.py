"""Copies of the worker that run beside it, on a configuration of their own."""

from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab


def pod_spec(lab: Lab) -> dict[str, Any]:
    """The worker's pod without Vault: the key that Vault would deliver is made up."""
    template = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]
    container: dict[str, Any] = template["spec"]["containers"][0]
    key = {"name": "ALGA_AUTH_KEY", "value": "made-up-key-of-a-copy"}
    program = {"command": ["node", "dist/ee/temporal-workflows/src/worker.js"], "args": []}
    copy = {**container, **program, "env": [*container["env"], key]}
    return {"containers": [copy], "terminationGracePeriodSeconds": 1}
