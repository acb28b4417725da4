"""The new pods crash, and the rollout has run out of time: what a deployment tool then reports is that alone."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import waits

DEADLINE_S = "progress deadline"


def inject(lab: Lab) -> None:
    spec = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]
    lab.memory[DEADLINE_S] = str(spec["progressDeadlineSeconds"])
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {"progressDeadlineSeconds": 20}})
    worker.set_env(lab, "TEMPORAL_TASK_QUEUE=tenant-workflows,workflow-runtime-v2")


def settled(lab: Lab) -> bool:
    conditions = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["status"]["conditions"]
    late = any(each.get("reason") == "ProgressDeadlineExceeded" for each in conditions)
    return late and waits(lab, "CrashLoopBackOff")


def heal(lab: Lab) -> None:
    deadline_s = int(lab.memory[DEADLINE_S])
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {"progressDeadlineSeconds": deadline_s}})


FAULT = Fault(
    id="D04",
    title="The rollout ran out of time",
    inject=inject,
    settled=settled,
    heal=heal,
    causes=("temporal.queue-forbidden",),
    names=("workflow-runtime-v2",),
)
