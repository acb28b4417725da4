"""The Temporal address leads to a gRPC server that is not Temporal: clients connect, every call is refused."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import remove_pod, run_server
from tests.lab.shape import crashes_saying, says

NAME = "other-grpc"
REFUSAL = "unknown service temporal.api.workflowservice.v1.WorkflowService"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={run_server(lab, NAME, 'other-grpc')}")


FAULT = Fault(
    id="T05b",
    title="The Temporal address is that of another gRPC server",
    inject=inject,
    # The process may live on after all its workers have failed.
    settled=lambda lab: says(lab, REFUSAL) or crashes_saying(lab, REFUSAL),
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.not-temporal",),
    names=(NAME,),
    timeout_s=200.0,
    replaces_pods=True,
)
