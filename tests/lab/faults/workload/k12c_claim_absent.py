"""A volume is made from a PersistentVolumeClaim that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_unschedulable

NAME = "worker-cache"
VOLUME = {"name": "extra", "persistentVolumeClaim": {"claimName": NAME}}
MOUNT = {"name": "extra", "mountPath": "/etc/extra"}
SPEC = {"volumes": [VOLUME], "containers": [{"name": worker.NAME, "volumeMounts": [MOUNT]}]}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": SPEC})


FAULT = Fault(
    id="K12c",
    title="The PersistentVolumeClaim of a volume does not exist",
    inject=inject,
    settled=lambda lab: is_unschedulable(lab, "not found"),
    heal=nothing,
    causes=("workload.volume-unbound",),
    names=(NAME,),
)
