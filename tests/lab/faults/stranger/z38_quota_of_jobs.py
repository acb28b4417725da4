"""A quota of the number of Jobs keeps a CronJob from its runs (kubernetes/kubernetes#119775)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _runs
from tests.lab.scene import SHOP

QUOTA = "few-jobs"


def inject(lab: Lab) -> None:
    kind = {"apiVersion": "v1", "kind": "ResourceQuota"}
    SHOP.apply(lab, {**kind, "metadata": {"name": QUOTA}, "spec": {"hard": {"count/jobs.batch": "1"}}})
    _runs.every_minute(lab, "print('0 prices changed')")


FAULT = Fault(
    id="Z38",
    title="A quota keeps a CronJob from its runs",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_event(lab, _runs.CRON_JOB, "exceeded quota"),
    heal=_runs.forget,
    causes=("workload.quota-exceeded",),
    names=(QUOTA, _runs.CRON_JOB),
)
