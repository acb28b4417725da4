"""The pods connect to PostgreSQL itself, which has not as many connections as all of them may want."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.healthy.n05_direct_connection import inject
from tests.lab.shape import is_new_pod_ready

FAULT = Fault(
    id="S16",
    title="More pods than the database has connections for",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("scaling.connections-exceeded",),
    names=("20 pods", "db.msp.svc.cluster.local:5432"),
    command=("audit",),
    warns=True,
    timeout_s=180.0,
)
