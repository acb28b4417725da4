"""Temporal's pod was replaced while kube-proxy of one node hangs: workers there lose it, the others do not."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods, _proxy
from tests.lab.faults.temporal._temporal import FRONTEND, NAMESPACE

NODE = "lab-1"


def inject(lab: Lab) -> None:
    _proxy.hang(NODE)
    lab.kubectl("-n", NAMESPACE, "rollout", "restart", FRONTEND)
    lab.kubectl("-n", NAMESPACE, "rollout", "status", FRONTEND, "--timeout=55s")
    _pods.replace(lab, NODE)


def heal(lab: Lab) -> None:
    _proxy.wake(NODE)
    _pods.drop(lab)
    wait_until("the worker is healthy", lambda: worker.is_healthy(lab), seconds=200)


FAULT = Fault(
    id="Y07b",
    title="kube-proxy of one node hangs, its rules are of before Temporal's pod was replaced",
    inject=inject,
    settled=lambda lab: _pods.crashes(lab, "Temporal connection failed"),
    heal=heal,
    causes=("network.node-proxy-stale",),
    names=(NODE,),
    timeout_s=180.0,
    replaces_pods=True,
    stranger=True,
)
