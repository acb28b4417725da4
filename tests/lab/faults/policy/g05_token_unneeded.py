"""The install with plain Secrets: its pods carry a token that nothing uses."""

from tests.lab.fault import Fault
from tests.lab.faults.healthy.n04_plain_secrets import FAULT as PLAIN

FAULT = Fault(
    id="G05",
    title="A token of the account that nothing needs",
    inject=PLAIN.inject,
    settled=PLAIN.settled,
    heal=PLAIN.heal,
    causes=("policy.token-unneeded",),
    names=("temporal-worker",),
    command=("audit",),
    warns=True,
    timeout_s=PLAIN.timeout_s,
    replaces_pods=True,
)
