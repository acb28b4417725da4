"""The container's script waits for something that never comes, without a word, until the liveness probe ends it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import ended

PROGRAM = """\
. /vault/secrets/internal-api
. /vault/secrets/auth-key
until test -e /tmp/migrated; do sleep 1; done
exec node dist/ee/temporal-workflows/src/worker.js
"""
PROBE = {"initialDelaySeconds": 60, "periodSeconds": 5, "failureThreshold": 2}
CONTAINER = {"name": worker.NAME, "args": [PROGRAM], "livenessProbe": PROBE}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"terminationGracePeriodSeconds": 2, "containers": [CONTAINER]}})


FAULT = Fault(
    id="K08b",
    title="A silent wait is killed by the liveness probe",
    inject=inject,
    settled=lambda lab: ended(lab, 137, "Error"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("temporal-worker", "args"),
    timeout_s=150.0,
)
