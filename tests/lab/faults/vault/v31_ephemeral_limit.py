"""The injected agent's limit on local storage is the whole pod's, and the worker writes more than that."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.vault import _pods
from tests.lab.shape import is_evicted

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
head -c 16000000 /dev/zero > /tmp/export.csv
exec node dist/ee/temporal-workflows/src/worker.js
"""


def inject(lab: Lab) -> None:
    notes = {f"{_pods.PREFIX}agent-limits-ephemeral": "1Mi"}
    containers = [{"name": worker.NAME, "args": [PROGRAM]}]
    worker.patch_template(lab, {"metadata": {"annotations": notes}, "spec": {"containers": containers}})


FAULT = Fault(
    id="V31",
    title="The Vault agent's limit on local storage evicts the pods",
    inject=inject,
    settled=lambda lab: is_evicted(lab, times=1),
    heal=nothing,
    causes=("workload.storage-limit-exceeded",),
    names=("1Mi", "vault-agent"),
    timeout_s=240.0,
)
