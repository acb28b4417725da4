"""The Job is complete; its native sidecar was ended after the program, and that with an error."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP, job

JOB = "import-suppliers"
SIDECAR = {
    "name": "proxy",
    "image": "docker.io/lab/busybox:1",
    "restartPolicy": "Always",
    "command": ["sh", "-c", "trap 'echo connection to backend was reset; exit 3' TERM; while :; do sleep 1; done"],
}
PROGRAM = {
    "name": "import",
    "image": "docker.io/lab/busybox:1",
    "command": ["sh", "-c", "sleep 3; echo imported 7 suppliers"],
}


def inject(lab: Lab) -> None:
    SHOP.apply(lab, job(JOB, PROGRAM, initContainers=[SIDECAR]))


def is_settled(lab: Lab) -> bool:
    status = lab.item(SHOP.namespace, "job", JOB)["status"]
    return any(each["type"] == "Complete" and each["status"] == "True" for each in status.get("conditions", []))


FAULT = Fault(
    id="N72",
    title="A Job is complete whose sidecar ended with an error",
    scene=SHOP,
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=(),
)
