"""Nodes, as faults empty them."""

from collections import Counter

from tests.lab import worker
from tests.lab.cluster import Lab


def fullest(lab: Lab) -> str:
    """The node with the most pods of the worker."""
    names: list[str] = [pod["spec"]["nodeName"] for pod in worker.pods(lab)]
    return Counter(names).most_common(1)[0][0]


def pods_on(lab: Lab, node: str) -> list[str]:
    """Names of the worker's pods on a node."""
    return [pod["metadata"]["name"] for pod in worker.pods(lab) if pod["spec"].get("nodeName") == node]


def drain(lab: Lab, node: str, *, seconds: int) -> None:
    """Cordon a node and try for a while to evict the worker's pods, and no others: Vault's would come back sealed."""
    only = ("--pod-selector", worker.SELECTOR, "--delete-emptydir-data", "--ignore-daemonsets")
    lab.try_kubectl("drain", node, *only, f"--timeout={seconds}s")


def uncordon_all(lab: Lab) -> None:
    """Let all nodes take pods again."""
    names = [each["metadata"]["name"] for each in lab.items("", "nodes")]
    lab.kubectl("uncordon", *names)
