"""The worker has the processes of its node, and a capability to look into them."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready


def inject(lab: Lab) -> None:
    context = {"capabilities": {"add": ["SYS_PTRACE"]}}
    worker.patch_template(
        lab, {"spec": {"hostPID": True, "containers": [{"name": worker.NAME, "securityContext": context}]}}
    )


FAULT = Fault(
    id="G07",
    title="The worker has something of its node",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("policy.host-access",),
    names=("temporal-worker", "the node's processes", "SYS_PTRACE"),
    command=("audit",),
    warns=True,
    timeout_s=180.0,
)
