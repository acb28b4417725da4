"""The database's Service has no endpoints; the pods that run wait for it."""

from tests.lab.fault import Fault
from tests.lab.faults.database.p01_no_endpoints import start_pgbouncer, stop_pgbouncer
from tests.lab.faults.prerequisites._gate import GATE

FAULT = Fault(
    id="B10",
    title="Before a deploy: PgBouncer has no pods",
    inject=stop_pgbouncer,
    settled=lambda lab: True,
    heal=start_pgbouncer,
    causes=("database.no-endpoints",),
    names=("pgbouncer",),
    command=GATE,
)
