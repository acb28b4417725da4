"""PgBouncer's pod is on one node; pods on the other one are dropped (kubernetes/kubernetes#121371)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods
from tests.lab.faults.stranger._services import CLUSTER, LOCAL


def inject(lab: Lab) -> None:
    node = _pods.other_node(lab, _pods.node_of(lab, worker.NAMESPACE, "app.kubernetes.io/name=pgbouncer"))
    lab.patch(worker.NAMESPACE, "service", "pgbouncer", LOCAL)
    _pods.replace(lab, node)


def heal(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "service", "pgbouncer", CLUSTER)
    _pods.drop(lab)


FAULT = Fault(
    id="Y01",
    title="The pooler's Service serves its own node only",
    inject=inject,
    settled=lambda lab: _pods.hangs(lab, "Testing database connectivity", seconds=40),
    heal=heal,
    causes=("network.service-serves-own-node",),
    names=("pgbouncer",),
    timeout_s=150.0,
    replaces_pods=True,
    stranger=True,
)
