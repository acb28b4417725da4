"""The workflow code is not in the image: its folder is empty."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.temporal._temporal import WORKFLOWS
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    mount = {"name": "lab-empty", "mountPath": WORKFLOWS}
    container = {"name": worker.NAME, "volumeMounts": [mount]}
    worker.patch_template(
        lab, {"spec": {"containers": [container], "volumes": [{"name": "lab-empty", "emptyDir": {}}]}}
    )


FAULT = Fault(
    id="T21b",
    title="The workflow code is not in the image",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "non-authored-index"),
    heal=nothing,
    causes=("temporal.bundle-failed",),
    names=("non-authored-index",),
)
