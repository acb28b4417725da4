"""The lab's nodes as machines: their kubelets and configuration, as faults stop and change them."""

import json

from tests.lab.kubernetes import processes
from tests.lab.kubernetes.settings import RUN, Node


def stop_kubelet(node: Node) -> None:
    """End the kubelet of a node; its pods run on."""
    processes.stop([_kubelet(node)])


def start_kubelet(node: Node) -> None:
    """Start the kubelet of a node again, as it was started before."""
    command = json.loads((RUN / f"{_kubelet(node)}.json").read_text())["command"]
    processes.start(_kubelet(node), node.namespace, command)


def read(node: Node, name: str) -> str:
    """A file of a node's configuration."""
    return (node.folder / name).read_text()


def write(node: Node, name: str, content: str) -> None:
    """Replace a file of a node's configuration."""
    (node.folder / name).write_text(content)


def _kubelet(node: Node) -> str:
    return f"kubelet-{node.name}"
