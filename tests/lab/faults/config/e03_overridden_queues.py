"""The queues are given under two names, and the one that people change is not read."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(
        lab, "TEMPORAL_TASK_QUEUES=tenant-workflows,portal-domain-workflows,email-domain-workflows,lab-workflows"
    )


FAULT = Fault(
    id="E03",
    title="A list of queues that another one overrides",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.variable-overridden",),
    names=(
        "TEMPORAL_TASK_QUEUE",
        "TEMPORAL_TASK_QUEUES",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
