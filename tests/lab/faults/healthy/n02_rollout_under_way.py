"""A rolling update is under way: its first pod is young and not ready yet, as it should be (C12)."""

import time

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing

UNDER_WAY_S = 10.0


def inject(lab: Lab) -> None:
    worker.restart(lab)
    time.sleep(UNDER_WAY_S)


FAULT = Fault(
    id="N02",
    title="A rolling update is under way (C12)",
    inject=inject,
    settled=lambda lab: bool(worker.new_pods(lab)),
    heal=nothing,
    causes=(),
    replaces_pods=True,
)
