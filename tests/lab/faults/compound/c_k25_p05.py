"""A drain waits for a disruption budget, while a new pod cannot log in to the database."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.database.p05_password_wrong import FAULT as PASSWORD
from tests.lab.faults.workload.k25_budget_blocks_drain import FAULT as DRAIN

FAULT = Fault(
    id="C-K25-P05",
    title="The disruption budget blocks a drain, and the database password is wrong",
    inject=both(DRAIN, PASSWORD),
    settled=PASSWORD.settled,
    heal=neither(DRAIN, PASSWORD),
    causes=(*DRAIN.causes, *PASSWORD.causes),
    names=(*DRAIN.names, *PASSWORD.names),
    timeout_s=180.0,
)
