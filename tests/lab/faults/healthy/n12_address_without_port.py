"""TEMPORAL_ADDRESS has no port, for which the client takes 7233."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing


def inject(lab: Lab) -> None:
    worker.set_env(lab, "TEMPORAL_ADDRESS=temporal-frontend.temporal.svc.cluster.local")


def is_settled(lab: Lab) -> bool:
    return len(worker.new_pods(lab)) == len(worker.pods(lab)) and worker.is_healthy(lab)


FAULT = Fault(
    id="N12",
    title="Healthy with a Temporal address that leaves out the port",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=(),
    timeout_s=300.0,
    replaces_pods=True,
)
