"""The probes use another port than the worker listens on, and the worker continues without its schedules."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.database.p27_admin_password_wrong import FAULT as ADMIN
from tests.lab.faults.process.h09_health_port import FAULT as PORT

FAULT = Fault(
    id="C-H09-P27",
    title="The health port differs from the probes', and the admin's database password is wrong",
    inject=both(PORT, ADMIN),
    settled=PORT.settled,
    heal=neither(PORT, ADMIN),
    causes=(*PORT.causes, *ADMIN.causes),
    names=(*PORT.names, *ADMIN.names),
    timeout_s=180.0,
)
