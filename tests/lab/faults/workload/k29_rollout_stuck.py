"""The rollout's deadline is exceeded: the cause must be what prevents its pod from starting."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault

IMAGE = "docker.io/lab/temporal-worker:deadbeef"
STORED = "progressDeadlineSeconds"


def inject(lab: Lab) -> None:
    lab.memory[STORED] = str(lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"][STORED])
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {STORED: 10}})
    worker.patch_container(lab, {"image": IMAGE})


def is_settled(lab: Lab) -> bool:
    conditions = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["status"]["conditions"]
    return any(each.get("reason") == "ProgressDeadlineExceeded" for each in conditions)


def heal(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {STORED: int(lab.memory[STORED])}})


FAULT = Fault(
    id="K29",
    title="A rollout has exceeded its deadline",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("workload.image-not-found",),
    names=(IMAGE,),
)
