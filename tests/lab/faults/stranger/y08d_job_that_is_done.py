"""The Job is done, and its pod, which is kept, is still counted."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _scaling
from tests.lab.scene import SHOP

NAME, JOB = "catalog", "catalog-warm-up"


def inject(lab: Lab) -> None:
    done = _scaling.job(JOB, SHOP.namespace, {"app": NAME}, "echo", "the cache is warm")
    _scaling.apply(lab, done, _scaling.autoscaler(NAME, SHOP.namespace))


FAULT = Fault(
    id="Y08d",
    title="The autoscaler counts the pod of a Job that is done, which has no request",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: _scaling.misses_request(lab, SHOP.namespace, NAME),
    heal=lambda lab: lab.kubectl("-n", SHOP.namespace, "delete", "hpa", NAME, "--ignore-not-found"),
    causes=("scaling.selects-other-pods",),
    names=(JOB,),
    timeout_s=150.0,
    stranger=True,
)
