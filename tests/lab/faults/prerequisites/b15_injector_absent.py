"""The Vault injector does not run; the pods that run have their agents."""

from tests.lab import vault_server
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import GATE

FAULT = Fault(
    id="B15",
    title="Before a deploy: the Vault injector is absent",
    inject=lambda lab: lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 0),
    settled=lambda lab: True,
    heal=vault_server.start_injector,
    causes=("vault.injector-down",),
    command=GATE,
)
