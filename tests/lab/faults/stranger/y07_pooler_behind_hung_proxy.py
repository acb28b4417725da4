"""kube-proxy of one node hangs, and PgBouncer's pod was replaced since (kubernetes/kubernetes#38372)."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import restart_pgbouncer
from tests.lab.faults.stranger import _pods, _proxy

NODE = "lab-2"


def inject(lab: Lab) -> None:
    _proxy.hang(NODE)
    restart_pgbouncer(lab)
    _pods.replace(lab, NODE)


def heal(lab: Lab) -> None:
    _proxy.wake(NODE)
    _pods.drop(lab)
    wait_until("the worker is healthy", lambda: worker.is_healthy(lab), seconds=200)


FAULT = Fault(
    id="Y07",
    title="kube-proxy of one node hangs, its rules are of before the pooler's pod was replaced",
    inject=inject,
    settled=lambda lab: _pods.crashes(lab, "Database connection failed"),
    heal=heal,
    causes=("network.node-proxy-stale",),
    names=(NODE,),
    timeout_s=180.0,
    replaces_pods=True,
    stranger=True,
)
