"""A DaemonSet mounts the socket of a container runtime that the nodes do not run (kubernetes-sigs/kind#1002)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

PATH = "/var/run/docker.sock"


def inject(lab: Lab) -> None:
    volume = {"name": "runtime", "hostPath": {"path": PATH, "type": "Socket"}}
    container = {"name": "agent", "volumeMounts": [{"name": "runtime", "mountPath": PATH}]}
    pod = {"volumes": [volume], "containers": [container]}
    SHOP.patch(lab, "daemonset/node-agent", {"spec": {"template": {"spec": pod}}})


FAULT = Fault(
    id="R24",
    title="The socket of a container runtime is not on the nodes",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, "node-agent", "hostPath type check failed", times=3),
    heal=nothing,
    causes=("workload.host-path-absent",),
    names=(PATH,),
)
