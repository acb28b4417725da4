r"""The script is there and executable, and its first line asks for `/bin/sh\r` (AtalayaLabs/OxiCloud#289)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

SCRIPT = "#!/bin/sh\r\nwhile true; do date; sleep 30; done\r\n"


def inject(lab: Lab) -> None:
    name = "agent-scripts"
    SHOP.apply(lab, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"run.sh": SCRIPT}})
    volume = {"name": name, "configMap": {"name": name, "defaultMode": 0o755}}
    container = {
        "name": "agent",
        "command": ["/scripts/run.sh"],
        "volumeMounts": [{"name": name, "mountPath": "/scripts"}],
    }
    template = {"spec": {"containers": [container], "volumes": [volume]}}
    SHOP.patch(lab, "daemonset/node-agent", {"spec": {"template": template}})


FAULT = Fault(
    id="Z06",
    title="The lines of a start script end as on Windows",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "node-agent", "CrashLoopBackOff", "RunContainerError"),
    heal=nothing,
    causes=("workload.interpreter-not-found",),
    names=("run.sh",),
)
