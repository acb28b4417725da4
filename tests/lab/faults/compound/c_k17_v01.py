"""A quota refuses every new pod, which would be made without an agent, as the injector is away, too."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.vault.v01_injector_absent import FAULT as INJECTOR
from tests.lab.faults.workload.k17_quota import FAULT as QUOTA

FAULT = Fault(
    id="C-K17-V01",
    title="A quota allows no further pod, and the Vault injector is absent",
    inject=both(QUOTA, INJECTOR),
    settled=QUOTA.settled,
    heal=neither(QUOTA, INJECTOR),
    causes=(*QUOTA.causes, *INJECTOR.causes),
    names=(*QUOTA.names, *INJECTOR.names),
    timeout_s=180.0,
)
