"""Vault is sealed, so no new pod starts; the old ones work on with a database that takes no writes."""

from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import both, neither
from tests.lab.faults.database.p14_read_only import FAULT as READ_ONLY
from tests.lab.faults.vault.v26_sealed import FAULT as SEALED

FAULT = Fault(
    id="C-V26-P14",
    title="Vault is sealed, and the database is read-only",
    inject=both(SEALED, READ_ONLY),
    settled=SEALED.settled,
    heal=neither(SEALED, READ_ONLY),
    causes=(*SEALED.causes, *READ_ONLY.causes),
    names=(*SEALED.names, *READ_ONLY.names),
    timeout_s=180.0,
)
