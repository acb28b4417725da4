"""A NetworkPolicy blocks the pods of a first installation from Vault; there is no pod yet that could try."""

import json

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import NEXT, WITH_MANIFEST, WITH_TOKEN, rename, write_manifest

POLICY = "lab-no-vault"


def inject(lab: Lab) -> None:
    write_manifest(lab, rename)
    space = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [vault_server.NAMESPACE]}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": POLICY, "namespace": worker.NAMESPACE},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/instance": NEXT}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"namespaceSelector": {"matchExpressions": [space]}}]}],
        },
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "networkpolicy", POLICY, "--ignore-not-found")


FAULT = Fault(
    id="B19",
    title="Before a first install: a NetworkPolicy keeps the pods from Vault",
    inject=inject,
    settled=lambda lab: True,
    heal=heal,
    causes=("network.policy-blocks",),
    names=(POLICY, "Vault"),
    command=(*WITH_MANIFEST, "--secret-names"),
    environment=WITH_TOKEN,
)
