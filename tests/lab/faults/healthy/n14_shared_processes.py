"""The pod's containers see each other's processes, so the worker's is not number 1 (shareProcessNamespace)."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready

FAULT = Fault(
    id="N14",
    title="Healthy with the processes of all containers in one namespace",
    inject=lambda lab: worker.patch_template(lab, {"spec": {"shareProcessNamespace": True}}),
    settled=is_new_pod_ready,
    heal=nothing,
    causes=(),
    timeout_s=180.0,
)
