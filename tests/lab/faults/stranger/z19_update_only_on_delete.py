"""A DaemonSet with the strategy OnDelete changes no pod that nobody deletes (influxdata/tick-charts#109)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    strategy = {"$retainKeys": ["type"], "type": "OnDelete"}
    SHOP.patch(lab, "daemonset/node-agent", {"spec": {"updateStrategy": strategy}})
    SHOP.set_env(lab, "daemonset/node-agent", "INTERVAL=60")


def is_observed(lab: Lab) -> bool:
    agent = lab.item(SHOP.namespace, "daemonset", "node-agent")
    return bool(agent["status"]["observedGeneration"] == agent["metadata"]["generation"])


FAULT = Fault(
    id="Z19",
    title="A DaemonSet updates only the pods that are deleted",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=is_observed,
    heal=nothing,
    causes=("release.strategy-holds",),
    names=("node-agent", "OnDelete"),
    warns=True,
)
