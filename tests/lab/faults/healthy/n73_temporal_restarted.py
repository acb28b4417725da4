"""Temporal was restarted a minute ago: the workers' logs have the errors of that moment, and they poll again."""

from datetime import UTC, datetime

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.temporal._temporal import FRONTEND, NAMESPACE

BACK_AT = "Temporal is back since"


def inject(lab: Lab) -> None:
    lab.kubectl("-n", NAMESPACE, "rollout", "restart", FRONTEND)
    lab.kubectl("-n", NAMESPACE, "rollout", "status", FRONTEND, "--timeout=55s")
    lab.memory[BACK_AT] = datetime.now(UTC).isoformat()


def is_settled(lab: Lab) -> bool:
    since = datetime.now(UTC) - datetime.fromisoformat(lab.memory[BACK_AT])
    return since.total_seconds() > 60 and worker.is_healthy(lab)


FAULT = Fault(
    id="N73",
    title="Temporal was restarted a minute ago",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=(),
)
