"""The program throws before its own handlers are there: node prints the stack and ends."""

from tests.lab.fault import Fault
from tests.lab.faults.process._preload import forget, preload
from tests.lab.shape import crashes_saying

CODE = """
setTimeout(() => { throw new RangeError("Invalid worker slot supplier: expected a positive number"); }, 200);
"""

FAULT = Fault(
    id="H11c",
    title="An exception ends the start",
    inject=lambda lab: preload(lab, CODE),
    settled=lambda lab: crashes_saying(lab, "Node.js v"),
    heal=forget,
    causes=("release.change-suspected",),
    names=("NODE_OPTIONS",),
)
