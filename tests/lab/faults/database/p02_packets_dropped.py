"""A NetworkPolicy on the pooler's side lets no client in: packets are dropped, and the start hangs."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import hangs_after

POLICY = "lab-no-clients"


def inject(lab: Lab) -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": POLICY, "namespace": worker.NAMESPACE},
        "spec": {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "pgbouncer"}}, "policyTypes": ["Ingress"]},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "networkpolicy", POLICY, "--ignore-not-found")


FAULT = Fault(
    id="P02",
    title="A NetworkPolicy of the pooler drops its clients' packets",
    inject=inject,
    settled=lambda lab: hangs_after(lab, "Testing database connectivity", seconds=25),
    heal=heal,
    causes=("database.timed-out",),
    names=("pgbouncer", POLICY),
)
