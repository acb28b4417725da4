"""Helm was killed in the middle of an upgrade: its record stays pending, and every further upgrade is refused.

The pods are back at the old revision. The record is made 25 minutes older, because nobody waits that long here.
"""

from datetime import timedelta

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.release import _helm
from tests.lab.shape import waits


def inject(lab: Lab) -> None:
    _helm.remember(lab)
    running = _helm.upgrade()
    try:
        wait_until("the upgrade waits", lambda: waits(lab, "ErrImagePull", "ImagePullBackOff"), seconds=180)
    finally:
        running.kill()
        running.wait()
    worker.go_back(lab)
    _helm.age(lab, _helm.records(lab)[-1], timedelta(minutes=25))


FAULT = Fault(
    id="D01",
    title="An upgrade was killed and stays pending",
    inject=inject,
    settled=worker.is_healthy,
    heal=_helm.put_back,
    causes=("release.helm-pending",),
    names=("temporal-worker", "pending-upgrade"),
    command=("all", "--helm-history"),
)
