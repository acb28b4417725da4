"""The clock of one node is ten minutes ahead.

The lab's nodes share one kernel and so one clock; libfaketime gives the worker's container the clock that its node
would have. A ConfigMap brings the library, and a file for each node that says how far its clock is off.
"""

import base64
import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.services.rootfs import of_debian
from tests.lab.services.settings import CACHE

NAME = "faketime"
NODE = "lab-2"
LIBRARY = "usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


def inject(lab: Lab) -> None:
    nodes = [each["metadata"]["name"] for each in lab.items("", "nodes")]
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": worker.NAMESPACE},
        "data": {name: "+600s" if name == NODE else "+0s" for name in nodes},
        "binaryData": {"library.so": base64.b64encode(_library()).decode()},
    }
    lab.kubectl("create", "-f", "-", stdin=json.dumps(config))
    container = {
        "name": worker.NAME,
        "env": [
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "FAKETIME_TIMESTAMP_FILE", "value": "/faketime/$(NODE)"},
            {"name": "LD_PRELOAD", "value": "/faketime/library.so"},
        ],
        "volumeMounts": [{"name": NAME, "mountPath": "/faketime"}],
    }
    volume = {"name": NAME, "configMap": {"name": NAME}}
    worker.patch_template(lab, {"spec": {"containers": [container], "volumes": [volume]}})


def _library() -> bytes:
    root = CACHE / NAME
    if not (root / LIBRARY).exists():
        of_debian(root, "dash", "libfaketime")
    return (root / LIBRARY).read_bytes()


def heal(lab: Lab) -> None:
    lab.try_kubectl("-n", worker.NAMESPACE, "delete", "configmap", NAME, "--ignore-not-found")


def is_rolled_out(lab: Lab) -> bool:
    living = [pod for pod in worker.pods(lab) if "deletionTimestamp" not in pod["metadata"]]
    new = worker.new_pods(lab)
    ready = [pod for pod in new if worker.is_ready(pod)]
    return len(living) == len(ready) == worker.REPLICAS and any(pod["spec"]["nodeName"] == NODE for pod in ready)


FAULT = Fault(
    id="K35",
    title="The clock of a node is ten minutes ahead",
    inject=inject,
    settled=is_rolled_out,
    heal=heal,
    causes=("workload.clock-skew",),
    names=(f"node {NODE}",),
    timeout_s=240.0,
    replaces_pods=True,
    warns=True,
)
