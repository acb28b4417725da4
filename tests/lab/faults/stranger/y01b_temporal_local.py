"""Temporal's pod is on one node; a rollout's pod on the other one cannot connect, pods of before still are."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods
from tests.lab.faults.stranger._services import CLUSTER, LOCAL
from tests.lab.shape import crashes_saying

NAMESPACE, SERVICE = "temporal", "temporal-frontend"


def inject(lab: Lab) -> None:
    node = _pods.other_node(lab, _pods.node_of(lab, NAMESPACE, "app.kubernetes.io/component=frontend"))
    lab.patch(NAMESPACE, "service", SERVICE, LOCAL)
    _pods.restart_on(lab, node)


FAULT = Fault(
    id="Y01b",
    title="Temporal's Service serves its own node only",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Temporal connection failed"),
    heal=lambda lab: lab.patch(NAMESPACE, "service", SERVICE, CLUSTER),
    causes=("network.service-serves-own-node",),
    names=(SERVICE,),
    timeout_s=180.0,
    stranger=True,
)
