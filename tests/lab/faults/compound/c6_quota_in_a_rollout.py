"""A quota prevents the first pod of a rolling update, until the Deployment gives up: not the image's fault."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload.k17_quota import FAULT as QUOTA

DEADLINE = "progressDeadlineSeconds"


def inject(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {DEADLINE: 20}})
    QUOTA.inject(lab)


def is_settled(lab: Lab) -> bool:
    conditions = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["status"]["conditions"]
    return any(each.get("reason") == "ProgressDeadlineExceeded" for each in conditions)


def heal(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {DEADLINE: 600}})
    QUOTA.heal(lab)


FAULT = Fault(
    id="C6",
    title="A quota stops a rolling update until it times out",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=QUOTA.causes,
    names=QUOTA.names,
)
