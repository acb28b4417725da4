"""A worker uses most of its memory limit, and only the metrics API is there to tell."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _load
from tests.lab.faults.workload.s13_memory_near_limit import inject

METRICS = f"/apis/metrics.k8s.io/v1beta1/namespaces/{worker.NAMESPACE}/pods"


def is_settled(lab: Lab) -> bool:
    pods = json.loads(lab.kubectl("get", "--raw", METRICS))["items"]
    used = [one["usage"]["memory"] for each in pods for one in each["containers"] if one["name"] == worker.NAME]
    return any(int(each.removesuffix("Ki")) * 1024 > 880e6 for each in used)


FAULT = Fault(
    id="S17",
    title="A worker near its memory limit, by the metrics API alone",
    inject=inject,
    settled=is_settled,
    heal=_load.stop,
    causes=("scaling.usage-near-limit",),
    names=("temporal-worker", "1Gi"),
    command=("audit", "--no-exec", "--only", "scaling.usage-suits"),
    warns=True,
)
