"""The Deployment was changed in the cluster: the next upgrade of the release reverts that."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing


def inject(lab: Lab) -> None:
    worker.set_env(lab, "LAB_SET_BY_HAND=1")


FAULT = Fault(
    id="D20",
    title="The Deployment was changed by hand",
    inject=inject,
    settled=lambda lab: bool(worker.new_pods(lab)),
    heal=nothing,
    causes=("release.drifted",),
    names=("LAB_SET_BY_HAND", "kubectl-set"),
    command=("audit", "--only", "release", "--helm-history"),
    warns=True,
)
