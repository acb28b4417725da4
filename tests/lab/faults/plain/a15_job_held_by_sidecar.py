"""The Job's own container is done; the other one never ends."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    sidecar = {"name": "proxy", "image": "docker.io/lab/busybox:1", "command": ["sleep", "86400"]}
    SHOP.change_job(lab, "import-products", {}, sidecar)


FAULT = Fault(
    id="A15",
    title="A sidecar keeps a Job from its end",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: (
        SHOP.is_older(lab, "import-products", 60) and SHOP.logs(lab, "import-products", "imported 12 products")
    ),
    heal=nothing,
    causes=("workload.job-held-by-sidecar",),
    names=("proxy",),
)
