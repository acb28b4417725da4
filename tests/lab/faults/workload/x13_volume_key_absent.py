"""A volume takes a key that its ConfigMap does not have."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import has_event

KEY = "features.json"
ITEMS = [{"key": KEY, "path": KEY}]
VOLUME = {"name": "extra", "configMap": {"name": "temporal-worker", "items": ITEMS}}
MOUNT = {"name": "extra", "mountPath": "/etc/extra"}
SPEC = {"volumes": [VOLUME], "containers": [{"name": worker.NAME, "volumeMounts": [MOUNT]}]}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": SPEC})


FAULT = Fault(
    id="X13",
    title="A key of a volume's ConfigMap does not exist",
    inject=inject,
    settled=lambda lab: has_event(lab, "FailedMount", KEY),
    heal=nothing,
    causes=("secrets.configmap-key-not-found",),
    names=(KEY, "temporal-worker"),
)
