"""A variable comes from a key that its Secret does not have."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import waits

SECRET = "alga-core-sebastian-secrets"
KEY = "NEXTAUTH_SECRET"


def inject(lab: Lab) -> None:
    lab.memory[KEY] = lab.item(worker.NAMESPACE, "secret", SECRET)["data"][KEY]
    lab.patch(worker.NAMESPACE, "secret", SECRET, {"data": {KEY: None}})
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "secret", SECRET, {"data": {KEY: lab.memory[KEY]}})


FAULT = Fault(
    id="K10",
    title="A key is missing in a Secret",
    inject=inject,
    settled=lambda lab: waits(lab, "CreateContainerConfigError"),
    heal=heal,
    causes=("secrets.key-not-found",),
    names=(
        "alga-core-sebastian-secrets",
        "NEXTAUTH_SECRET",
    ),
)
