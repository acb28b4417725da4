"""The database refuses the password, so the start never gets to the Temporal namespace, which does not exist."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.database.p05_password_wrong import FAULT as PASSWORD
from tests.lab.faults.temporal.t07_namespace_unknown import FAULT as SPACE

FAULT = Fault(
    id="C-P05-T07",
    title="The database password is wrong, and the Temporal namespace does not exist",
    inject=both(PASSWORD, SPACE),
    settled=PASSWORD.settled,
    heal=neither(PASSWORD, SPACE),
    causes=(*PASSWORD.causes, *SPACE.causes),
    names=(*PASSWORD.names, *SPACE.names),
    timeout_s=180.0,
)
