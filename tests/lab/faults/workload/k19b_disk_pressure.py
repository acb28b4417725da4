"""The only node that the pods may be placed on says that its disk is nearly full."""

import json
from datetime import UTC, datetime

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_unschedulable

NODE = "lab-full"
LABEL = {"pool": "workers"}
SIZE = {"cpu": "4", "memory": "8Gi", "pods": "110", "ephemeral-storage": "100Gi"}


def inject(lab: Lab) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE, "labels": LABEL}}
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(node))
    _report(lab)
    worker.patch_template(lab, {"spec": {"nodeSelector": LABEL}})


def _report(lab: Lab) -> None:
    """Report as a kubelet does, which this node has none of; a node that is silent for a while counts as lost."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [
        {"type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": now}
        for kind, status, reason, message in (
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ("DiskPressure", "True", "KubeletHasDiskPressure", "kubelet has disk pressure"),
        )
    ]
    status = {"capacity": SIZE, "allocatable": SIZE, "conditions": conditions}
    lab.kubectl("patch", "node", NODE, "--subresource=status", "-p", json.dumps({"status": status}))


def is_settled(lab: Lab) -> bool:
    _report(lab)
    return is_unschedulable(lab, "untolerated taint")


def heal(lab: Lab) -> None:
    lab.kubectl("delete", "node", NODE, "--ignore-not-found")


FAULT = Fault(
    id="K19b",
    title="The only node for the pods is short of disk space",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("workload.node-pressure",),
    names=(NODE, "disk"),
)
