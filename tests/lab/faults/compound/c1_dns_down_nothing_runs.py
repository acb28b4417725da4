"""DNS is down and every pod is new: Vault, the database and Temporal fail at once, for one reason."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload.k26_dns_down import COREDNS
from tests.lab.shape import AGENT_INIT, log


def inject(lab: Lab) -> None:
    lab.scale("kube-system", COREDNS, 0)
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pods", "-l", worker.SELECTOR, "--grace-period=1", "--wait=false")


def is_settled(lab: Lab) -> bool:
    found = worker.pods(lab)
    return len(found) == worker.REPLICAS and all("lookup" in log(lab, pod, AGENT_INIT) for pod in found)


FAULT = Fault(
    id="C1",
    title="Cluster DNS is down, and every pod is new",
    inject=inject,
    settled=is_settled,
    heal=lambda lab: lab.scale("kube-system", COREDNS, 1),
    causes=("network.dns-down",),
    names=("coredns",),
    timeout_s=180.0,
    replaces_pods=True,
)
