"""A worker uses most of its memory limit, and is not killed yet."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _load

BALLAST = "globalThis.kept = Buffer.alloc(690e6, 1);"
USED = "cat /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes 2>/dev/null | head -1"


def inject(lab: Lab) -> None:
    _load.start(lab, worker.pods(lab)[0]["metadata"]["name"], BALLAST, seconds=150)


def is_settled(lab: Lab) -> bool:
    pod = lab.memory[_load.MARK]
    output = lab.kubectl("-n", worker.NAMESPACE, "exec", pod, "-c", worker.NAME, "--", "sh", "-c", USED)
    return int(output) > 880e6


FAULT = Fault(
    id="S13",
    title="A worker near its memory limit",
    inject=inject,
    settled=is_settled,
    heal=_load.stop,
    causes=("scaling.memory-near-limit",),
    names=("temporal-worker", "1Gi"),
    warns=True,
)
