"""Packets above a size are lost on their path to one node, as below an overlay whose MTU is too large.

As in SREGym/SREGym#921 and projectcalico/calico#7651: connections are made, small answers arrive, large ones never do.
"""

import subprocess

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _billing
from tests.lab.kubernetes.shell import in_namespace
from tests.lab.scene import BILLING

RULE = ("-m", "length", "--length", "1301:", "-j", "DROP")
RUNS = 12


def inject(lab: Lab) -> None:
    _change(lab, "-I", check=True)
    _billing.start(lab, RUNS, '"' + "invoice-7 " * 600 + '"')


def heal(lab: Lab) -> None:
    _change(lab, "-D", check=False)
    _billing.forget(lab)


def _change(lab: Lab, action: str, *, check: bool) -> None:
    """Let the server's node drop large packets for the pods of the other node."""
    pods = {pod["spec"]["nodeName"]: pod for pod in lab.items("temporal", "pods")}
    node = next(iter(pods))
    other = "10.91.1.0/24" if node == "lab-2" else "10.91.2.0/24"
    command = in_namespace(f"diagnose-{node}", ["iptables", action, "FORWARD", "-d", other, *RULE])
    subprocess.run(command, check=check, capture_output=True)


def is_task_lost(lab: Lab) -> bool:
    histories = [_billing.described(lab, "show", "--workflow-id", f"lab-invoice-{each}") for each in range(1, RUNS + 1)]
    return any("WORKFLOW_TASK_TIMED_OUT" in history for history in histories)


FAULT = Fault(
    id="Z36",
    title="Large packets are lost on their path to one node",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=is_task_lost,
    heal=heal,
    causes=("network.large-packets-lost",),
    names=("lab-",),
)
