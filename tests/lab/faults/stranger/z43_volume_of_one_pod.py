"""A volume may be used by one pod at a time, and a rolling update needs two (alphagov/govuk-helm-charts#2871)."""

from tests.lab.fault import Fault
from tests.lab.faults.stranger import _volumes
from tests.lab.scene import SHOP

FAULT = Fault(
    id="Z43",
    title="A second pod waits for a volume that one pod may use",
    stranger=True,
    scene=SHOP,
    inject=lambda lab: _volumes.mount(lab, "ReadWriteOncePod"),
    settled=lambda lab: _volumes.is_unschedulable(lab, "ReadWriteOncePod"),
    heal=_volumes.remove,
    causes=("workload.volume-in-use",),
    names=(_volumes.NAME,),
)
