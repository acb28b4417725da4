"""A workflow's code imports what workflows may not use: the bundle cannot be made."""

from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import forget_workflows, replace_workflows
from tests.lab.shape import crashes_saying

NAME = "lab-importing-workflows"
IMPORT = ("export async function healthCheckWorkflow", 'import "fs";\nexport async function healthCheckWorkflow')

FAULT = Fault(
    id="T21",
    title="A workflow's code imports a module that workflows may not use",
    inject=lambda lab: replace_workflows(lab, NAME, IMPORT),
    settled=lambda lab: crashes_saying(lab, "disallowed modules"),
    heal=lambda lab: forget_workflows(lab, NAME),
    causes=("temporal.bundle-failed",),
    names=("fs",),
)
