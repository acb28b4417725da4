"""The runs of a CronJob do not end, and nothing keeps new ones from beginning (mondoohq/mondoo-operator#991)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _runs
from tests.lab.scene import SHOP

PROGRAM = "import time; print('reading the prices of the suppliers', flush=True); time.sleep(3600)"
RUNS = 5


def inject(lab: Lab) -> None:
    _runs.forget(lab)
    _runs.every_minute(lab, PROGRAM, concurrencyPolicy="Allow", suspend=False)
    for number in range(RUNS - 1):
        lab.kubectl(
            *("-n", SHOP.namespace, "create", "job", f"{_runs.CRON_JOB}-{number}"), f"--from=cronjob/{_runs.CRON_JOB}"
        )


def is_piled_up(lab: Lab) -> bool:
    active = [each for each in _runs.runs(lab) if each["status"].get("ready")]
    listed = lab.item(SHOP.namespace, "cronjob", _runs.CRON_JOB)["status"].get("active", [])
    return len(active) >= RUNS and bool(listed)


FAULT = Fault(
    id="Z24",
    title="The runs of a CronJob pile up",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=is_piled_up,
    heal=_runs.forget,
    causes=("workload.cron-job-piles-up",),
    names=(_runs.CRON_JOB,),
    warns=True,
)
