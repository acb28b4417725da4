"""A timer of the program throws, which nothing catches."""

from tests.lab.fault import Fault
from tests.lab.faults.process._preload import WHEN_LISTENING, forget, preload
from tests.lab.shape import crashes_saying

CODE = f"""{WHEN_LISTENING}
whenListening(() => setTimeout(() => {{
  throw new TypeError("Cannot read properties of undefined (reading 'tenant')");
}}, 100));
"""

FAULT = Fault(
    id="H11",
    title="An exception reaches the top of the process",
    inject=lambda lab: preload(lab, CODE),
    settled=lambda lab: crashes_saying(lab, "Uncaught exception"),
    heal=forget,
    causes=("release.change-suspected",),
    names=("Cannot read properties of undefined",),
    timeout_s=240.0,
)
