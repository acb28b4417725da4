"""Helm was killed in the middle of an upgrade: its record stays pending, and every further upgrade is refused.

The record is made 25 minutes older than it is, because nobody waits that long here.
"""

from datetime import timedelta

from tests.lab import worker
from tests.lab.cluster import Lab, LabError, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.release import _helm


def inject(lab: Lab) -> None:
    _helm.remember(lab)
    running = _helm.upgrade("--wait")
    try:
        wait_until("the upgrade has begun", lambda: _last(lab) == "pending-upgrade", seconds=30, every=0.1)
    finally:
        running.kill()
        running.wait()
    if _last(lab) != "pending-upgrade":
        raise LabError("the upgrade was over before it was killed")
    _helm.age(lab, _helm.records(lab)[-1], timedelta(minutes=25))


def _last(lab: Lab) -> str:
    found: str = _helm.records(lab)[-1]["metadata"]["labels"]["status"]
    return found


FAULT = Fault(
    id="D01",
    title="An upgrade was killed and stays pending",
    inject=inject,
    settled=worker.is_healthy,
    heal=_helm.forget_newer,
    causes=("release.helm-pending",),
    names=("temporal-worker", "pending-upgrade"),
    command=("all", "--helm-history"),
)
