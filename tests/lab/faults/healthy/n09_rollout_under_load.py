"""A rolling update while workflows run: those whose worker went away return to the normal queue (T24)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing


def inject(lab: Lab) -> None:
    worker.set_env(lab, "LAB_START_WORKFLOWS_EVERY=2")


def is_settled(lab: Lab) -> bool:
    """Whether new pods have taken the place of old ones, and not of all."""
    ready = sum(map(worker.is_ready, worker.new_pods(lab)))
    return 0 < ready < worker.REPLICAS


FAULT = Fault(
    id="N09",
    title="A rolling update while workflows run (T24)",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=(),
    timeout_s=180.0,
    replaces_pods=True,
)
