"""A volume's PersistentVolumeClaim asks for a StorageClass that does not exist, so it is never bound."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_unschedulable

NAME = "worker-cache"
CLASS = "fast-ssd"
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": NAME, "namespace": worker.NAMESPACE},
    "spec": {
        "storageClassName": CLASS,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}


def inject(lab: Lab) -> None:
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(CLAIM))
    volume = {"name": "cache", "persistentVolumeClaim": {"claimName": NAME}}
    mount = {"name": "cache", "mountPath": "/var/cache/worker"}
    container = {"name": worker.NAME, "volumeMounts": [mount]}
    worker.patch_template(lab, {"spec": {"volumes": [volume], "containers": [container]}})


def heal(lab: Lab) -> None:
    # Its protection keeps the claim until the pod that names it is gone.
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pvc", NAME, "--ignore-not-found", "--wait=false")


FAULT = Fault(
    id="K16",
    title="A claim's StorageClass does not exist",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "unbound immediate PersistentVolumeClaims"),
    heal=heal,
    causes=("workload.volume-unbound",),
    names=(NAME, CLASS),
)
