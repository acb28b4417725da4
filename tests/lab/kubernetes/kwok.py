"""Fake nodes for tests of scale: kwok says of them, and of pods on them, what kubelets would say.

A fake node takes no pod that does not tolerate its taint; kwok leaves real nodes and their pods alone.
"""

import json

from tests.lab.kubernetes import build, pki, processes
from tests.lab.kubernetes.controlplane import kubectl
from tests.lab.kubernetes.settings import BIN, CONTROL_PLANE_NODE, FAKE_POD_CIDR
from tests.lab.kubernetes.shell import JsonObject

LABEL = {"type": "kwok"}
SELECTOR = "type=kwok"
TAINT = {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}


def start(node_count: int) -> None:
    """Start kwok, and add fake nodes until there are this many."""
    build.build_kwok()
    flags = [
        f"--kubeconfig={pki.issue_user('kwok', '/O=system:masters/CN=kwok')}",
        f"--manage-nodes-with-label-selector={SELECTOR}",
        "--manage-all-nodes=false",
        f"--cidr={FAKE_POD_CIDR}",
    ]
    processes.start("kwok", CONTROL_PLANE_NODE.namespace, [BIN / "kwok", *flags])
    present = kubectl("get", "nodes", "-l", SELECTOR, "-o", "name").split()
    missing = [_fake_node(f"fake-{number}") for number in range(len(present) + 1, node_count + 1)]
    if missing:
        kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": missing}))


def remove() -> None:
    """Remove the fake nodes, while kwok can still end their pods, and stop it."""
    kubectl("delete", "nodes", "-l", SELECTOR)
    processes.stop(["kwok"])
    processes.forget("kwok")


def _fake_node(name: str) -> JsonObject:
    resources = {"cpu": "32", "memory": "128Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**LABEL, "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
        "spec": {"taints": [TAINT]},
        "status": {"allocatable": resources, "capacity": resources},
    }
