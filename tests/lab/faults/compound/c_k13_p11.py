"""No pod of the new template finds a node, so none gets to say that its database does not exist."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.database.p11_database_unknown import FAULT as NAME
from tests.lab.faults.workload.k13_cpu_request import FAULT as CPU

FAULT = Fault(
    id="C-K13-P11",
    title="No node has enough CPU, and the database name is misspelt",
    inject=both(CPU, NAME),
    settled=CPU.settled,
    heal=neither(CPU, NAME),
    causes=(*CPU.causes, *NAME.causes),
    names=(*CPU.names, *NAME.names),
    timeout_s=180.0,
)
