"""A firewall on one node drops what its pods send to the others (portainer/kubesolo#146, k3s-io/k3s#4624)."""

import subprocess

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.kubernetes.shell import in_namespace

POOLER = "app.kubernetes.io/name=pgbouncer"
RULE = ("FORWARD", "-p", "tcp", "--dport", "6432", "-j", "DROP")


def inject(lab: Lab) -> None:
    _firewall(_node(lab), "-I")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    for node in (1, 2):
        _firewall(node, "-D", check=False)


def is_settled(lab: Lab) -> bool:
    texts = [lab.try_kubectl("-n", worker.NAMESPACE, "logs", name, "-c", worker.NAME) for name in _waiting(lab)]
    return any(text.splitlines() and "Testing database connectivity" in text.splitlines()[-1] for text in texts)


def _waiting(lab: Lab) -> list[str]:
    """The new pods of the node with the firewall."""
    return [
        pod["metadata"]["name"] for pod in worker.new_pods(lab) if pod["spec"].get("nodeName") == f"lab-{_node(lab)}"
    ]


def _node(lab: Lab) -> int:
    """The number of the node without the pooler."""
    pooler = lab.items(worker.NAMESPACE, "pods", POOLER)[0]
    return 2 if pooler["spec"]["nodeName"] == "lab-1" else 1


def _firewall(node: int, action: str, *, check: bool = True) -> None:
    command = in_namespace(f"diagnose-lab-{node}", ["iptables", action, *RULE])
    subprocess.run(command, check=check, capture_output=True)


FAULT = Fault(
    id="Z35",
    title="A firewall on one node drops what its pods send to the pooler",
    stranger=True,
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("network.node-path-broken",),
    names=("6432",),
    timeout_s=150.0,
)
