"""An argument names a queue that nobody fills."""

from functools import partial

from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHIPPING


def inject(lab: Lab) -> None:
    SHIPPING.patch_container(lab, "deployment/parcel-worker", "main", {"args": ["--task-queue=parcel"]})
    wait_until("only pods with the wrong queue run", partial(_is_rolled_out, lab), seconds=60)
    for number in range(3):
        _temporal(
            lab,
            *("start", "--type", "OrderWorkflow", "--task-queue", "parcels"),
            *("--workflow-id", f"waiting-{number}", "--input", '"a parcel"'),
        )


def _is_rolled_out(lab: Lab) -> bool:
    """Whether no pod is left that would run what is started on the right queue."""
    pods = SHIPPING.pods(lab, "parcel-worker")
    return SHIPPING.is_healthy(lab) and all("--task-queue=parcel" in str(each["spec"]) for each in pods)


def _is_listed(lab: Lab) -> bool:
    return _temporal(lab, "count", "--query", 'TaskQueue="parcels" AND ExecutionStatus="Running"').strip() == "Total: 3"


def _temporal(lab: Lab, *arguments: str) -> str:
    frontend = ("-n", "temporal-legacy", "exec", "deploy/temporal-frontend", "--")
    return lab.kubectl(*frontend, "temporal", "workflow", *arguments, "--namespace", "shipping")


FAULT = Fault(
    id="W10",
    title="A worker in Go polls another queue than its callers use",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.is_healthy(lab) and _is_listed(lab),
    heal=nothing,
    causes=("temporal.queue-misnamed",),
    names=("parcels",),
)
