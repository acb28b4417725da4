"""A promise of the program is rejected and nobody looks: the logger loses the reason."""

from tests.lab.fault import Fault
from tests.lab.faults.process._preload import WHEN_LISTENING, forget, preload
from tests.lab.shape import crashes_saying

CODE = f"""{WHEN_LISTENING}
whenListening(() => Promise.reject(new Error("Connection terminated unexpectedly")));
"""

FAULT = Fault(
    id="H11b",
    title="A rejected promise is not handled",
    inject=lambda lab: preload(lab, CODE),
    settled=lambda lab: crashes_saying(lab, "Unhandled rejection"),
    heal=forget,
    causes=("release.change-suspected",),
    names=("NODE_OPTIONS",),
    timeout_s=240.0,
)
