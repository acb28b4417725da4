"""NetworkPolicies that a fault puts on the worker."""

import json
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab

WORKER = {"matchLabels": {"app.kubernetes.io/component": "temporal-worker"}}
DNS = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}


def limit_egress(lab: Lab, name: str, selector: dict[str, Any], *allowed: dict[str, Any]) -> None:
    """Let the pods of the worker's namespace that are selected connect only to what is allowed."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": worker.NAMESPACE},
        "spec": {"podSelector": selector, "policyTypes": ["Egress"], "egress": list(allowed)},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))


def limit_ingress(lab: Lab, name: str, selector: dict[str, Any]) -> None:
    """Let nobody connect to the pods of the worker's namespace that are selected."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": worker.NAMESPACE},
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"]},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))


def remove(lab: Lab, name: str) -> None:
    """Take a policy away."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", "networkpolicy", name, "--ignore-not-found")
