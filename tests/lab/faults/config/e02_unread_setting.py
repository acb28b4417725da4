"""The concurrency is set in the ConfigMap of the chart, which nothing reads."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault

FILE, SETTING = "worker-config.json", "maxConcurrentActivityExecutions"


def inject(lab: Lab) -> None:
    found = lab.item(worker.NAMESPACE, "configmap", worker.NAME)["data"][FILE]
    lab.memory[FILE] = found
    _write(lab, found.replace(f'"{SETTING}": 10', f'"{SETTING}": 40'))


def heal(lab: Lab) -> None:
    _write(lab, lab.memory[FILE])


def _write(lab: Lab, text: str) -> None:
    lab.patch(worker.NAMESPACE, "configmap", worker.NAME, {"data": {FILE: text}})


FAULT = Fault(
    id="E02",
    title="A setting of the ConfigMap that nothing reads",
    inject=inject,
    settled=worker.is_healthy,
    heal=heal,
    causes=("config.setting-unread",),
    names=(
        "maxConcurrentActivityExecutions",
        "40",
        "MAX_CONCURRENT_ACTIVITIES",
    ),
    command=("audit", "--only", "config"),
    warns=True,
)
