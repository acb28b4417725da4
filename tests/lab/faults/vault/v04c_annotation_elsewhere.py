"""The annotation that asks for the agent is on the Deployment instead of its pod template."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying

NAME = "vault.hashicorp.com/agent-inject"


def inject(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "annotate", "deployment", worker.NAME, f"{NAME}=true", "--overwrite")
    _pods.annotate(lab, {"agent-inject": None})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "annotate", "deployment", worker.NAME, f"{NAME}-")


FAULT = Fault(
    id="V04c",
    title="The agent-inject annotation is on the Deployment alone",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=heal,
    causes=("vault.annotation-missing",),
    names=(NAME, "only the Deployment itself has"),
)
