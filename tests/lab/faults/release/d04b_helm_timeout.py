"""An upgrade to an image that is not there ran into Helm's time limit: what Helm says of it follows from the image."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _helm
from tests.lab.shape import waits


def inject(lab: Lab) -> None:
    _helm.remember(lab)
    _helm.upgrade("--timeout", "15s").wait(timeout=90)


def settled(lab: Lab) -> bool:
    failed = _helm.records(lab)[-1]["metadata"]["labels"]["status"] == "failed"
    return failed and waits(lab, "ErrImagePull", "ImagePullBackOff")


FAULT = Fault(
    id="D04b",
    title="An upgrade to a missing image ran into Helm's time limit",
    inject=inject,
    settled=settled,
    heal=_helm.put_back,
    causes=("workload.image-not-found",),
    names=(_helm.MISSING,),
    command=("all", "--helm-history"),
)
