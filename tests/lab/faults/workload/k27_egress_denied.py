"""A NetworkPolicy of the whole namespace lets nothing out but DNS: Vault, the database and Temporal fail at once."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _policies
from tests.lab.shape import agent_says, hangs_after

POLICY = "default-deny-egress"


def inject(lab: Lab) -> None:
    _policies.limit_egress(lab, POLICY, {}, _policies.DNS)
    worker.restart(lab)


def is_settled(lab: Lab) -> bool:
    # A policy holds for a new pod only after a moment, in which its agent may get through to Vault.
    return agent_says(lab, "i/o timeout") or hangs_after(lab, "Testing database connectivity", seconds=25)


FAULT = Fault(
    id="K27",
    title="A NetworkPolicy denies egress but for DNS",
    inject=inject,
    settled=is_settled,
    heal=lambda lab: _policies.remove(lab, POLICY),
    causes=("network.policy-blocks",),
    names=(POLICY,),
    timeout_s=240.0,
)
