"""kube-proxy of one node has ended, and cluster DNS has another pod since."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods, _proxy
from tests.lab.shape import AGENT_INIT

NODE = "lab-2"
DNS = ("-n", "kube-system", "rollout")


def inject(lab: Lab) -> None:
    _proxy.stop(NODE)
    lab.kubectl(*DNS, "restart", "deployment/coredns")
    lab.kubectl(*DNS, "status", "deployment/coredns", "--timeout=50s")
    _pods.restart_on(lab, NODE)


FAULT = Fault(
    id="Y07d",
    title="kube-proxy of one node has ended, its rules are of before the pod of DNS was replaced",
    inject=inject,
    settled=lambda lab: _pods.says(lab, "lookup vault.vault", seconds=35, container=AGENT_INIT),
    heal=lambda _: _proxy.start(NODE),
    causes=("network.node-proxy-stale",),
    names=(NODE,),
    timeout_s=150.0,
    stranger=True,
)
