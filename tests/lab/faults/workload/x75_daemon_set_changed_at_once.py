"""A DaemonSet replaces all pods at once, and they end silently: only its history has the command of before."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "100%"}}
    SHOP.patch(lab, "daemonset/node-agent", {"spec": {"updateStrategy": strategy}})
    SHOP.patch_container(lab, "daemonset/node-agent", "agent", {"command": ["sh", "-c", "sleep 1; exit 4"]})


FAULT = Fault(
    id="X75",
    title="The command of a DaemonSet was changed, and none of its earlier pods is left",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: (
        SHOP.waits(lab, "node-agent", "CrashLoopBackOff")
        and len(SHOP.new_pods(lab)) == len(SHOP.pods(lab, "node-agent"))
    ),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("node-agent", "command is"),
)
