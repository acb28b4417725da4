"""A pod that belongs to no Deployment runs the worker: a manual copy, or a remainder of a deleted release."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release._copies import pod_spec

NAME = "worker-debug-copy"
LABELS = {"app.kubernetes.io/component": "temporal-worker", "app.kubernetes.io/name": "temporal-worker"}


def inject(lab: Lab) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME, "labels": LABELS}, "spec": pod_spec(lab)}
    lab.kubectl("-n", worker.NAMESPACE, "apply", "-f", "-", stdin=json.dumps(pod))


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", NAME, "--ignore-not-found")


FAULT = Fault(
    id="X28b",
    title="A pod without a Deployment runs the worker",
    inject=inject,
    settled=lambda lab: worker.is_ready(lab.item(worker.NAMESPACE, "pod", NAME)),
    heal=heal,
    causes=("release.stray-pods",),
    names=(NAME,),
    timeout_s=240.0,
    warns=True,
)
