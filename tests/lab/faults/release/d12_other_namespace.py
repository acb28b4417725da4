"""A second install in another namespace polls the same queues and works on another configuration."""

import json
import time
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release._copies import pod_spec

OTHER = "msp-staging"
FORGOTTEN_S = 75.0
SECRETS = ("db-credentials", "alga-core-sebastian-secrets")
LABELS = {"app.kubernetes.io/name": "temporal-worker", "app.kubernetes.io/instance": "staging"}


def inject(lab: Lab) -> None:
    lab.kubectl("create", "namespace", OTHER)
    for name in SECRETS:
        secret = lab.item(worker.NAMESPACE, "secret", name)
        _apply(lab, {**secret, "metadata": {"name": name}})
    template = {"metadata": {"labels": LABELS}, "spec": pod_spec(lab)}
    spec = {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": template}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": worker.NAME}, "spec": spec}
    _apply(lab, deployment)


def settled(lab: Lab) -> bool:
    return bool(lab.item(OTHER, "deployment", worker.NAME)["status"].get("readyReplicas"))


def heal(lab: Lab) -> None:
    lab.kubectl("delete", "namespace", OTHER, "--ignore-not-found", "--wait=false")
    # Temporal remembers who polled: the next fault must not find this worker.
    time.sleep(FORGOTTEN_S)


def _apply(lab: Lab, thing: dict[str, Any]) -> None:
    lab.kubectl("-n", OTHER, "apply", "-f", "-", stdin=json.dumps(thing))


FAULT = Fault(
    id="D12",
    title="Another namespace's worker polls the same queues",
    inject=inject,
    settled=settled,
    heal=heal,
    causes=("temporal.polled-by-others",),
    names=("tenant-workflows",),
    timeout_s=240.0,
)
