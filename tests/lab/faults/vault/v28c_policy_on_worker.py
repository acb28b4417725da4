"""A NetworkPolicy on the worker's pods lets them reach everything but Vault."""

import json

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says

POLICY = "lab-no-vault"
NAME_OF_NAMESPACE = "kubernetes.io/metadata.name"


def inject(lab: Lab) -> None:
    others = {"matchExpressions": [{"key": NAME_OF_NAMESPACE, "operator": "NotIn", "values": [vault_server.NAMESPACE]}]}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": POLICY, "namespace": worker.NAMESPACE},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/component": "temporal-worker"}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"namespaceSelector": others}]}],
        },
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "networkpolicy", POLICY, "--ignore-not-found")


FAULT = Fault(
    id="V28c",
    title="A NetworkPolicy of the worker drops packets to Vault",
    inject=inject,
    # Its client waits for minutes before it says that nothing answers: a person looks long before that.
    settled=lambda lab: agent_says(lab, "authenticating"),
    heal=heal,
    causes=("vault.timed-out",),
    names=("vault.vault.svc:8200", POLICY),
)
