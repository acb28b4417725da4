"""An empty volume is mounted over the folder of the program."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.process._mounts import VOLUME, hide
from tests.lab.shape import crashes_saying

PATH = "/app/ee/temporal-workflows/dist"


FAULT = Fault(
    id="X68",
    title="A volume hides the program",
    inject=lambda lab: hide(lab, PATH),
    settled=lambda lab: crashes_saying(lab, "Cannot find module"),
    heal=nothing,
    causes=("process.file-hidden",),
    names=(VOLUME, PATH),
)
