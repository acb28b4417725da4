"""Vault has no role for the worker, so no new pod gets to say that the database is down."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.database.p01_no_endpoints import FAULT as DATABASE
from tests.lab.faults.vault.v10_role_deleted import FAULT as ROLE

FAULT = Fault(
    id="C-V10-P01",
    title="The Vault role is deleted, and PgBouncer has no pods",
    inject=both(ROLE, DATABASE),
    settled=ROLE.settled,
    heal=neither(ROLE, DATABASE),
    causes=(*ROLE.causes, *DATABASE.causes),
    names=(*ROLE.names, *DATABASE.names),
    timeout_s=180.0,
)
