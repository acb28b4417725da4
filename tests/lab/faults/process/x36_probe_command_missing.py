"""The readiness probe runs a program that the image does not have."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import fails_probe_after

PROBE = {"exec": {"command": ["/bin/grpc_health_probe", "-addr=:8080"]}, "periodSeconds": 5}


def inject(lab: Lab) -> None:
    change = [{"op": "replace", "path": "/spec/template/spec/containers/0/readinessProbe", "value": PROBE}]
    lab.kubectl("-n", worker.NAMESPACE, "patch", "deployment", worker.NAME, "--type=json", "-p", json.dumps(change))


FAULT = Fault(
    id="X36",
    title="The readiness probe's program is not in the image",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Health check server listening"),
    heal=nothing,
    causes=("health.probe-command-missing",),
    names=("/bin/grpc_health_probe",),
)
