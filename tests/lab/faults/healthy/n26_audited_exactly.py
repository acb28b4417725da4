"""The healthy install has weak spots, as the real chart has them: an audit names these and no others."""

from tests.lab.fault import Fault, nothing
from tests.lab.verdict import ALWAYS

FAULT = Fault(
    id="N26",
    title="Healthy, and audited: what the chart leaves open",
    inject=nothing,
    settled=lambda _: True,
    heal=nothing,
    causes=tuple(sorted(ALWAYS["audit"])),
    names=("runAsNonRoot", "file system", "No NetworkPolicy"),
    command=("audit",),
    warns=True,
)
