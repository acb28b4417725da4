"""The command imports one module more."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    command = ["python", "-c", "import billing.worker, stripe_client"]
    BILLING.patch_container(lab, "statefulset/invoice-worker", "worker", {"command": command})


FAULT = Fault(
    id="W20",
    title="A worker in Python imports a module that its image lacks",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, "invoice-worker-1", "ModuleNotFoundError"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("stripe_client",),
)
