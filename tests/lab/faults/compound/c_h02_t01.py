"""A required variable is missing, so the start never gets to Temporal, which is down."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.process.h02_variable_missing import FAULT as VARIABLE
from tests.lab.faults.temporal.t01_frontend_down import FAULT as FRONTEND

FAULT = Fault(
    id="C-H02-T01",
    title="A required variable is missing, and the Temporal frontend is down",
    inject=both(VARIABLE, FRONTEND),
    settled=VARIABLE.settled,
    heal=neither(VARIABLE, FRONTEND),
    causes=(*VARIABLE.causes, *FRONTEND.causes),
    names=(*VARIABLE.names, *FRONTEND.names),
    timeout_s=180.0,
)
