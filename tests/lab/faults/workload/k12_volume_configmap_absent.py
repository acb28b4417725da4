"""A volume is made from a ConfigMap that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import has_event

NAME = "worker-settings"
VOLUME = {"name": "extra", "configMap": {"name": NAME}}
MOUNT = {"name": "extra", "mountPath": "/etc/extra"}
SPEC = {"volumes": [VOLUME], "containers": [{"name": worker.NAME, "volumeMounts": [MOUNT]}]}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": SPEC})


FAULT = Fault(
    id="K12",
    title="The ConfigMap of a volume does not exist",
    inject=inject,
    settled=lambda lab: has_event(lab, "FailedMount", NAME),
    heal=nothing,
    causes=("secrets.configmap-not-found",),
    names=(NAME,),
)
