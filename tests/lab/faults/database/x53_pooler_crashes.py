"""PgBouncer's configuration has a line that it does not know, so that it ends at once."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying

CONFIG = "pgbouncer-config"
FILE = "pgbouncer.ini"


def inject(lab: Lab) -> None:
    text = lab.item(worker.NAMESPACE, "configmap", CONFIG)["data"][FILE]
    lab.memory[FILE] = text
    lab.patch(worker.NAMESPACE, "configmap", CONFIG, {"data": {FILE: text + "pool_mod = session\n"}})
    _replace_pod(lab)
    wait_until("PgBouncer crashes", lambda: _restarts(lab) > 0, seconds=60)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.patch(worker.NAMESPACE, "configmap", CONFIG, {"data": {FILE: lab.memory[FILE]}})
    _replace_pod(lab)
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "status", "deployment/pgbouncer", "--timeout=60s")


def _replace_pod(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", "-l", "app.kubernetes.io/name=pgbouncer")


def _restarts(lab: Lab) -> int:
    pods = lab.items(worker.NAMESPACE, "pods", "app.kubernetes.io/name=pgbouncer")
    return max((each["restartCount"] for pod in pods for each in pod["status"].get("containerStatuses", [])), default=0)


FAULT = Fault(
    id="X53",
    title="PgBouncer does not start with its configuration",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ECONNREFUSED"),
    heal=heal,
    causes=("database.no-endpoints",),
    names=("pgbouncer", "crashes"),
)
