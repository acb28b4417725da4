"""The worker runs as root."""

from tests.lab import worker
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready

FAULT = Fault(
    id="G06",
    title="The worker runs as root",
    inject=lambda lab: worker.patch_container(lab, {"securityContext": {"runAsUser": 0}}),
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("policy.runs-as-root",),
    names=("temporal-worker", "uid 0"),
    command=("audit",),
    warns=True,
    timeout_s=180.0,
)
