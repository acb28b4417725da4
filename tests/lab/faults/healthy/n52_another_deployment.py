"""A Deployment that is not the worker's is examined as what it is."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N52",
    title="Another Deployment, by the profile for any workload",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=("all", "--profile", "generic", "--workload", "pgbouncer"),
)
