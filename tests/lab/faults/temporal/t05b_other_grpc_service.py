"""The Temporal address leads to a gRPC server that is not Temporal: clients connect, every call is refused."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_server
from tests.lab.shape import crashes_saying

NAME = "other-grpc"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={run_server(lab, NAME, 'other-grpc')}")


FAULT = Fault(
    id="T05b",
    title="The Temporal address is that of another gRPC server",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "unknown service temporal.api.workflowservice.v1.WorkflowService"),
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.not-temporal",),
    names=(NAME,),
    timeout_s=200.0,
    replaces_pods=True,
)
