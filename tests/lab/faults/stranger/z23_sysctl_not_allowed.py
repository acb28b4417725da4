"""The kubelet rejects pods that set a parameter of the kernel, one after the other (kubernetes/kubernetes#72593)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

PARAMETER = "net.core.somaxconn"


def inject(lab: Lab) -> None:
    # A DaemonSet waits longer before each further pod; a ReplicaSet makes dozens in a minute.
    context = {"sysctls": [{"name": PARAMETER, "value": "4096"}]}
    SHOP.patch(lab, "daemonset/node-agent", {"spec": {"template": {"spec": {"securityContext": context}}}})


FAULT = Fault(
    id="Z23",
    title="The kubelet does not allow a parameter of the kernel",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, "node-agent", "forbidden sysctl"),
    heal=nothing,
    causes=("workload.rejected-by-node",),
    names=(PARAMETER,),
)
