"""DNS runs on one node; pods that start on the other one resolve nothing."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods
from tests.lab.faults.stranger._services import CLUSTER, LOCAL
from tests.lab.shape import AGENT_INIT

NAMESPACE, SERVICE = "kube-system", "kube-dns"


def inject(lab: Lab) -> None:
    node = _pods.other_node(lab, _pods.node_of(lab, NAMESPACE, f"k8s-app={SERVICE}"))
    lab.patch(NAMESPACE, "service", SERVICE, LOCAL)
    _pods.restart_on(lab, node)


FAULT = Fault(
    id="Y01d",
    title="The Service of cluster DNS serves its own node only",
    inject=inject,
    settled=lambda lab: _pods.says(lab, "lookup vault.vault", seconds=35, container=AGENT_INIT),
    heal=lambda lab: lab.patch(NAMESPACE, "service", SERVICE, CLUSTER),
    causes=("network.service-serves-own-node",),
    names=(SERVICE,),
    timeout_s=180.0,
    stranger=True,
)
