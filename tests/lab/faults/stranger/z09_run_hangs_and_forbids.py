"""A run hangs, and the CronJob allows no second one beside it (kubernetes/kubernetes#58748)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _runs
from tests.lab.scene import SHOP

PROGRAM = "import time; print('waiting for the lock of the prices', flush=True); time.sleep(3600)"


def inject(lab: Lab) -> None:
    _runs.forget(lab)
    _runs.every_minute(lab, PROGRAM, concurrencyPolicy="Forbid", suspend=False)


FAULT = Fault(
    id="Z09",
    title="A run of a CronJob hangs, and no other one may start",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, _runs.CRON_JOB, "prior execution is running"),
    heal=_runs.forget,
    causes=("workload.cron-job-blocked",),
    names=(_runs.CRON_JOB,),
    timeout_s=180.0,
)
