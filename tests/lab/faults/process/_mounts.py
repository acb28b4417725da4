"""An empty volume over a folder of the image."""

from tests.lab import worker
from tests.lab.cluster import Lab

VOLUME = "scratch"


def hide(lab: Lab, path: str) -> None:
    """Mount an empty volume there in the worker's container."""
    container = {"name": worker.NAME, "volumeMounts": [{"name": VOLUME, "mountPath": path}]}
    worker.patch_template(lab, {"spec": {"volumes": [{"name": VOLUME, "emptyDir": {}}], "containers": [container]}})
