"""The gate expects a version that is not deployed."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
    id="D21",
    title="The expected version was never deployed",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=("release.other-version",),
    names=("be9fd50461",),
    command=("gate", "--phase", "post", "--image", "be9fd50461"),
)
