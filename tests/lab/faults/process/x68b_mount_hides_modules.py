"""An empty volume is mounted over the folder of the program's modules."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.process._mounts import VOLUME, hide
from tests.lab.shape import crashes_saying

PATH = "/app/ee/temporal-workflows/node_modules"


FAULT = Fault(
    id="X68b",
    title="A volume hides the program's modules",
    inject=lambda lab: hide(lab, PATH),
    settled=lambda lab: crashes_saying(lab, "Cannot find"),
    heal=nothing,
    causes=("process.file-hidden",),
    names=(VOLUME, PATH),
)
