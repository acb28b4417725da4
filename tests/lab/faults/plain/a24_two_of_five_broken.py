"""One has an image that does not exist, the other one a Secret that does not."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch_container(lab, "deployment/catalog", "web", {"image": "docker.io/lab/python-programs:v9"})
    SHOP.patch_container(lab, "daemonset/node-agent", "agent", {"envFrom": [{"secretRef": {"name": "agent-token"}}]})


FAULT = Fault(
    id="A24",
    title="Two workloads of a namespace are broken, each by its own",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: (
        SHOP.waits(lab, "catalog", "ImagePullBackOff") and SHOP.waits(lab, "node-agent", "CreateContainerConfigError")
    ),
    heal=nothing,
    causes=(
        "workload.image-not-found",
        "secrets.secret-not-found",
    ),
    names=(
        "python-programs:v9",
        "agent-token",
    ),
)
