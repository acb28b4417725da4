"""The database refuses the password, so the start never gets to Temporal, whose Service selects no pods."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.database.p05_password_wrong import FAULT as PASSWORD
from tests.lab.faults.workload.k28b_selector_of_temporal import FAULT as SERVICE

FAULT = Fault(
    id="C-K28b-P05",
    title="The Service of Temporal selects no pods, and the database password is wrong",
    inject=both(SERVICE, PASSWORD),
    settled=PASSWORD.settled,
    heal=neither(SERVICE, PASSWORD),
    causes=(*SERVICE.causes, *PASSWORD.causes),
    names=(*SERVICE.names, *PASSWORD.names),
    timeout_s=180.0,
)
