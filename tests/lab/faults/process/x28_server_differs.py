"""The server hashes passwords with other settings than the worker: whom the worker signs up cannot log in."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault

SERVER = "alga-psa"
LABELS = {"app.kubernetes.io/name": "sebastian", "app.kubernetes.io/component": "server"}
ENVIRONMENT = {"SALT_BYTES": "12", "ITERATIONS": "1000", "KEY_LENGTH": "64", "ALGORITHM": "sha512"}


def inject(lab: Lab) -> None:
    container = {
        "name": "sebastian",
        "image": "docker.io/lab/busybox:1",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "100000"],
        "env": [{"name": name, "value": value} for name, value in ENVIRONMENT.items()],
    }
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [container], "terminationGracePeriodSeconds": 1}}
    spec = {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": template}
    server = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": SERVER, "labels": LABELS},
        "spec": spec,
    }
    lab.kubectl("-n", worker.NAMESPACE, "apply", "-f", "-", stdin=json.dumps(server))
    wait_until("the server runs", lambda: _is_ready(lab), seconds=60)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "deployment", SERVER, "--ignore-not-found")


def _is_ready(lab: Lab) -> bool:
    return bool(lab.item(worker.NAMESPACE, "deployment", SERVER)["status"].get("readyReplicas"))


FAULT = Fault(
    id="X28",
    title="The server hashes with other settings",
    inject=inject,
    settled=_is_ready,
    heal=heal,
    causes=("config.differs-from-server",),
    names=("ITERATIONS", "10000", "1000", SERVER),
)
