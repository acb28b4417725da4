"""Nothing is wrong, and Helm's records and the workflows are read too."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="N60",
    title="Healthy, as Helm and Argo Workflows tell it",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=(),
    command=("audit", "--only", "release", "--only", "argo", "--helm-history"),
)
