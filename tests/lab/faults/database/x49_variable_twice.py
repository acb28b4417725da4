"""A variable is given twice, and the later, wrong one counts."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

HOST = "pgbouncer-old.msp.svc.cluster.local"


def inject(lab: Lab) -> None:
    change = [
        {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "DB_HOST", "value": HOST}}
    ]
    lab.kubectl("-n", worker.NAMESPACE, "patch", "deployment", worker.NAME, "--type=json", "-p", json.dumps(change))


FAULT = Fault(
    id="X49",
    title="DB_HOST is given twice, the second time wrong",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "ENOTFOUND"),
    heal=nothing,
    causes=("database.host-not-found",),
    names=(HOST,),
)
