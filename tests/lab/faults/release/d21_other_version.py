"""The gate is told to expect a version that nobody deployed."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing

FAULT = Fault(
<<<<<<<< HEAD:tests/lab/faults/release/d21_other_version.py
    id="D21",
========
    id="X71",
>>>>>>>> 8bf1d30 (Faults of the release under ids of their own; one flag for the names of Secrets):tests/lab/faults/release/x71_other_version.py
    title="The expected version was never deployed",
    inject=nothing,
    settled=worker.is_healthy,
    heal=nothing,
    causes=("release.other-version",),
    names=("be9fd50461",),
    command=("gate", "--phase", "post", "--image", "be9fd50461"),
)
