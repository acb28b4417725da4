"""A subPath names a key that the ConfigMap does not have, so that a folder would be mounted onto a file."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import was_not_started

PATH = "/app/ee/temporal-workflows/package.json"
VOLUME = {"name": "extra", "configMap": {"name": "temporal-worker"}}
MOUNT = {"name": "extra", "mountPath": PATH, "subPath": "package.json"}
SPEC = {"volumes": [VOLUME], "containers": [{"name": worker.NAME, "volumeMounts": [MOUNT]}]}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": SPEC})


FAULT = Fault(
    id="K12b",
    title="A subPath mounts a folder onto a file",
    inject=inject,
    settled=lambda lab: was_not_started(lab, "a directory"),
    heal=nothing,
    causes=("workload.mount-mismatch",),
    names=(PATH,),
)
