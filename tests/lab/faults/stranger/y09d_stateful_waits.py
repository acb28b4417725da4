"""A StatefulSet of another team waits for a Job whose program is done, beside an agent of metrics."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _waiting
from tests.lab.scene import BILLING

JOB, AGENT = "ledger-migrate", "metrics-agent"


def inject(lab: Lab) -> None:
    BILLING.apply(lab, _waiting.migration(JOB, BILLING.namespace, _waiting.sidecar(AGENT)))
    _waiting.allow(lab, BILLING.namespace, "default")
    image = BILLING.pods(lab, "invoice-worker")[0]["spec"]["containers"][0]["image"]
    init = _waiting.init_with_python(image, BILLING.namespace, JOB)
    pod = {"automountServiceAccountToken": True, "initContainers": [init]}
    BILLING.patch(lab, "statefulset/invoice-worker", {"spec": {"template": {"spec": pod}}})


FAULT = Fault(
    id="Y09d",
    title="A StatefulSet waits for a Job that a sidecar keeps from its end",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: _waiting.has_waited(BILLING.pods(lab, "invoice-worker"), seconds=40),
    heal=nothing,
    causes=("workload.job-held-by-sidecar",),
    names=(JOB, AGENT),
    timeout_s=150.0,
    stranger=True,
)
