"""An argument names a queue that nobody fills."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    SHIPPING.patch_container(lab, "deployment/parcel-worker", "main", {"args": ["--task-queue=parcel"]})
    for number in range(3):
        start = (
            "temporal",
            "workflow",
            "start",
            "--type",
            "OrderWorkflow",
            "--task-queue",
            "parcels",
            "--namespace",
            "shipping",
        )
        frontend = ("-n", "temporal-legacy", "exec", "deploy/temporal-frontend", "--")
        lab.kubectl(*frontend, *start, "--workflow-id", f"waiting-{number}", "--input", '"a parcel"')


FAULT = Fault(
    id="W10",
    title="A worker in Go polls another queue than its callers use",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.is_healthy(lab) and SHIPPING.logs(lab, "parcel-worker", '"taskQueue":"parcel"'),
    heal=nothing,
    causes=("temporal.queue-misnamed",),
    names=("parcels",),
)
