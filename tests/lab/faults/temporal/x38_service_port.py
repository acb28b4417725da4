"""The Temporal frontend's Service has another port than the worker uses."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying


def set_port(lab: Lab, port: int) -> None:
    """Let the Service listen on a port; it leads to the same port of the pods as before."""
    change = [{"op": "replace", "path": "/spec/ports/0", "value": {"name": "grpc", "port": port, "targetPort": 7233}}]
    lab.kubectl("-n", "temporal", "patch", "service", "temporal-frontend", "--type=json", "-p", json.dumps(change))


def inject(lab: Lab) -> None:
    set_port(lab, 7234)
    worker.restart(lab)


FAULT = Fault(
    id="X38",
    title="The Temporal Service has another port",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=lambda lab: set_port(lab, 7233),
    causes=("temporal.refused",),
    names=("temporal-frontend", "7234"),
)
