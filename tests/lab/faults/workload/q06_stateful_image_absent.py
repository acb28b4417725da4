"""A pod of a StatefulSet: its image does not exist, and the steps are for the StatefulSet."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _strangers

POD = f"{_strangers.NAME}-0"


def inject(lab: Lab) -> None:
    _strangers.make_stateful(lab, _strangers.pod_spec(container={"image": "docker.io/lab/nothing:9"}))


def is_settled(lab: Lab) -> bool:
    return _strangers.waits_for(lab, "ImagePullBackOff", POD)


FAULT = Fault(
    id="Q06",
    title="The image of a StatefulSet's pod does not exist",
    inject=inject,
    settled=is_settled,
    heal=_strangers.remove,
    causes=("workload.image-not-found",),
    names=("docker.io/lab/nothing:9",),
    command=("pod", POD),
)
