"""The server signs with a secret of another place than the worker."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import create, of_secret

SERVER, SECRET = "alga-psa", "lab-server-secrets"
LABELS = {"app.kubernetes.io/name": "sebastian", "app.kubernetes.io/component": "server"}


def inject(lab: Lab) -> None:
    create(lab, "generic", SECRET, NEXTAUTH_SECRET="made-up-for-the-server")
    container = {
        "name": "sebastian",
        "image": "docker.io/lab/busybox:1",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "100000"],
        "env": [of_secret("NEXTAUTH_SECRET", SECRET, "NEXTAUTH_SECRET")],
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


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "deployment", SERVER, "--ignore-not-found")
    lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", SECRET, "--ignore-not-found")


def _is_ready(lab: Lab) -> bool:
    return bool(lab.item(worker.NAMESPACE, "deployment", SERVER)["status"].get("readyReplicas"))


FAULT = Fault(
    id="E15",
    title="The server takes its secret from another place",
    inject=inject,
    settled=_is_ready,
    heal=heal,
    causes=("config.secret-differs-from-server",),
    names=(
        "NEXTAUTH_SECRET",
        "lab-server-secrets",
        "alga-psa",
    ),
    command=("audit", "--only", "config"),
    warns=True,
)
