"""The command reads the agent's files, and the pod template asks for no agent at all."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    notes = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]["metadata"]["annotations"]
    gone = {name: None for name in notes if name.startswith("vault.hashicorp.com/")}
    worker.patch_template(lab, {"metadata": {"annotations": gone}})


FAULT = Fault(
    id="H01",
    title="The command reads files of an agent that nothing asks for",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "cannot open /vault/secrets/"),
    heal=nothing,
    causes=("vault.annotation-missing",),
    names=("vault.hashicorp.com/agent-inject", "/vault/secrets/internal-api"),
)
