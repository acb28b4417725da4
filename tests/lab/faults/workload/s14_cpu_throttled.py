"""The CPU limit is far below what the worker wants of late."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _load
from tests.lab.shape import is_new_pod_ready

BUSY = "setInterval(() => { const end = Date.now() + 90; while (Date.now() < end); }, 95);"
PERIODS = "cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null | grep nr_"


def inject(lab: Lab) -> None:
    worker.patch_container(lab, {"resources": {"limits": {"cpu": "300m"}}})


def is_settled(lab: Lab) -> bool:
    if _load.MARK not in lab.memory:
        if is_new_pod_ready(lab):
            name = next(each["metadata"]["name"] for each in worker.new_pods(lab) if worker.is_ready(each))
            _load.start(lab, name, BUSY, seconds=200)
        return False
    pod = lab.memory[_load.MARK]
    output = lab.kubectl("-n", worker.NAMESPACE, "exec", pod, "-c", worker.NAME, "--", "sh", "-c", PERIODS)
    counts = dict(line.split() for line in output.splitlines())
    return int(counts["nr_periods"]) > 650 and int(counts["nr_throttled"]) > 300


def heal(lab: Lab) -> None:
    if _load.MARK in lab.memory:
        _load.stop(lab)


FAULT = Fault(
    id="S14",
    title="A worker that is held back at its CPU limit",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("scaling.cpu-throttled",),
    names=("temporal-worker", "300m"),
    command=("audit",),
    warns=True,
    timeout_s=420.0,
    replaces_pods=True,
)
