"""The pod template wants no token of its service account, with which the agent would log in."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_creation_refused


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"automountServiceAccountToken": False}})


FAULT = Fault(
    id="V07",
    title="The service account's token is not mounted",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "failed to find service account volume mount"),
    heal=nothing,
    causes=("vault.token-not-mounted",),
    names=("automountServiceAccountToken", "temporal-worker"),
)
