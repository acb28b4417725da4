"""The workflow that deploys is suspended; the suspension is made 20 minutes older than it is."""

import json
from datetime import UTC, datetime, timedelta

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines


def inject(lab: Lab) -> None:
    name = _pipelines.submit(
        lab, _pipelines.DEPLOY, image_tag="5a1e7004", namespace=worker.NAMESPACE, lab_approve="true"
    )
    wait_until("it waits", lambda: bool(_waiting(lab, name)), seconds=120)
    began = (datetime.now(UTC) - timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    change = {"status": {"nodes": {_waiting(lab, name): {"startedAt": began}}}}
    lab.kubectl("-n", _pipelines.NAMESPACE, "patch", _pipelines.KIND, name, "--type=merge", "-p", json.dumps(change))


def _waiting(lab: Lab, name: str) -> str:
    nodes = _pipelines.status(lab, name).get("nodes", {})
    return next((key for key, node in nodes.items() if (node["type"], node["phase"]) == ("Suspend", "Running")), "")


FAULT = Fault(
    id="D06c",
    title="The workflow that deploys is suspended",
    inject=inject,
    settled=worker.is_healthy,
    heal=_pipelines.remove,
    causes=("argo.workflow-stuck",),
    names=("approve",),
    command=("gate", "--phase", "post"),
)
