"""The annotation that asks for the agent is misspelt in the pod template."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    annotations = {"vault.hashicorp.com/agent-inject": None, "vault.hashicorp.com/agent-injct": "true"}
    worker.patch_template(lab, {"metadata": {"annotations": annotations}})


FAULT = Fault(
    id="V04",
    title="The agent-inject annotation is misspelt",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=nothing,
    causes=("vault.annotation-missing",),
    names=("vault.hashicorp.com/agent-inject",),
)
