"""The worker writes more into a volume than its limit allows, so the kubelet evicts pod after pod."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_evicted

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
head -c 40000000 /dev/zero > /scratch/cache
sleep 120
exec node dist/ee/temporal-workflows/src/worker.js
"""
VOLUME = {"name": "scratch", "emptyDir": {"sizeLimit": "10Mi"}}
MOUNT = {"name": "scratch", "mountPath": "/scratch"}
CONTAINER = {"name": worker.NAME, "args": [PROGRAM], "volumeMounts": [MOUNT]}
SPEC = {"volumes": [VOLUME], "containers": [CONTAINER]}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": SPEC})


FAULT = Fault(
    id="K19",
    title="The pods are evicted for the size of a volume",
    inject=inject,
    settled=lambda lab: is_evicted(lab, times=1),
    heal=nothing,
    causes=("workload.storage-limit-exceeded",),
    names=("scratch", "10Mi"),
    timeout_s=240.0,
)
