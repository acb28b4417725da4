"""Vault's service account lost the right to have tokens reviewed."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import REVIEWER
from tests.lab.shape import agent_says

BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": REVIEWER},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"},
    "subjects": [{"kind": "ServiceAccount", "name": "vault", "namespace": "vault"}],
}


def inject(lab: Lab) -> None:
    lab.kubectl("delete", "clusterrolebinding", REVIEWER)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(BINDING))


FAULT = Fault(
    id="V16",
    title="Vault's service account may not review tokens",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=heal,
    causes=("vault.reviewer-not-allowed",),
    names=("system:serviceaccount:vault:vault",),
)
