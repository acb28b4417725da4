"""A NetworkPolicy on Vault's side lets the worker's namespace no longer in."""

import json

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says

POLICY = "lab-vault-clients"


def inject(lab: Lab) -> None:
    own = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": vault_server.NAMESPACE}}}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": POLICY, "namespace": vault_server.NAMESPACE},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": "vault"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [own]}],
        },
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", vault_server.NAMESPACE, "delete", "networkpolicy", POLICY, "--ignore-not-found")


FAULT = Fault(
    id="V28d",
    title="A NetworkPolicy of Vault drops the worker's packets",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=heal,
    causes=("vault.timed-out",),
    names=("vault.vault.svc:8200", POLICY),
)
