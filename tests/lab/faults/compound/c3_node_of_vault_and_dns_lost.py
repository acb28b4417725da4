"""The node that Vault and the cluster's DNS run on no longer reports: names and Vault fail at once, for one reason."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.workload import _machines, _nodes
from tests.lab.faults.workload.k26_dns_down import COREDNS
from tests.lab.kubernetes.settings import Node
from tests.lab.shape import agent_says

DNS_PODS = "k8s-app=kube-dns"


def inject(lab: Lab) -> None:
    node = _of_vault(lab)
    others = [each["metadata"]["name"] for each in lab.items("", "nodes") if each["metadata"]["name"] != node]
    if lab.items("kube-system", "pods", DNS_PODS)[0]["spec"]["nodeName"] != node:
        lab.kubectl("cordon", *others)
        lab.scale("kube-system", COREDNS, 0)
        lab.scale("kube-system", COREDNS, 1)
        lab.kubectl("uncordon", *others)
    _machines.stop_kubelet(_machine(node))
    wait_until("the node counts as lost", lambda: _ready(lab, node) == "Unknown", seconds=90)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    _nodes.uncordon_all(lab)
    node = _of_vault(lab)
    _machines.start_kubelet(_machine(node))
    wait_until("the node is ready", lambda: _ready(lab, node) == "True", seconds=120)
    wait_until("Vault is ready", lambda: worker.is_ready(lab.item("vault", "pod", "vault-0")), seconds=60)
    lab.scale("kube-system", COREDNS, 1)


def _of_vault(lab: Lab) -> str:
    found: str = lab.item(vault_server.NAMESPACE, "pod", "vault-0")["spec"]["nodeName"]
    return found


def _machine(name: str) -> Node:
    return Node(int(name.rpartition("-")[2]))


def _ready(lab: Lab, node: str) -> str:
    conditions = lab.item("", "node", node)["status"]["conditions"]
    return next((str(each["status"]) for each in conditions if each["type"] == "Ready"), "")


FAULT = Fault(
    id="C3",
    title="The node of Vault and of the cluster's DNS no longer reports",
    inject=inject,
    settled=lambda lab: agent_says(lab, "lookup"),
    heal=heal,
    causes=("workload.node-not-ready",),
    names=("lab-",),
    timeout_s=120.0,
)
