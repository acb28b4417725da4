"""The configuration of the cluster's DNS, as faults change it."""

import json

from tests.lab.cluster import Lab

NAMESPACE = "kube-system"
CONFIG = "coredns"
STORED = "Corefile"


def configure(lab: Lab, corefile: str) -> None:
    """Changes the configuration of DNS and stores the previous one."""
    lab.memory[STORED] = lab.item(NAMESPACE, "configmap", CONFIG)["data"]["Corefile"]
    _apply(lab, corefile)


def restore(lab: Lab) -> None:
    """Undo `configure`."""
    _apply(lab, lab.memory[STORED])


def _apply(lab: Lab, corefile: str) -> None:
    change = json.dumps({"data": {"Corefile": corefile}})
    lab.kubectl("-n", NAMESPACE, "patch", "configmap", CONFIG, "--type=merge", "-p", change)
    # The kubelet brings a changed file only after a minute; a new pod has it at once.
    lab.kubectl("-n", NAMESPACE, "rollout", "restart", "deployment/coredns")
    lab.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/coredns", "--timeout=50s")
