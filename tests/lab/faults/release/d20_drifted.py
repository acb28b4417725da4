"""Somebody changed the Deployment in the cluster: the next upgrade of the release takes that back."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing


def inject(lab: Lab) -> None:
    worker.set_env(lab, "LAB_SET_BY_HAND=1")


FAULT = Fault(
<<<<<<<< HEAD:tests/lab/faults/release/d20_drifted.py
    id="D20",
========
    id="X70",
>>>>>>>> 8bf1d30 (Faults of the release under ids of their own; one flag for the names of Secrets):tests/lab/faults/release/x70_drifted.py
    title="The Deployment was changed by hand",
    inject=inject,
    settled=lambda lab: bool(worker.new_pods(lab)),
    heal=nothing,
    causes=("release.drifted",),
    names=("LAB_SET_BY_HAND", "kubectl-set"),
    command=("audit", "--only", "release", "--helm-history"),
    warns=True,
)
