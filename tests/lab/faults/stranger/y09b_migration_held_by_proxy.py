"""The worker waits for the migration's Job; beside its program, which is done, a proxy of the database runs on."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _waiting

JOB, PROXY = "worker-migrate", "cloud-sql-proxy"


def inject(lab: Lab) -> None:
    job = _waiting.migration(JOB, worker.NAMESPACE, _waiting.sidecar(PROXY))
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(job))
    _waiting.allow(lab, worker.NAMESPACE, worker.NAME)
    image = worker.pods(lab)[0]["spec"]["containers"][0]["image"]
    init = _waiting.init_with_curl(image, worker.NAMESPACE, JOB)
    worker.patch_template(lab, {"spec": {"initContainers": [init]}})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "job", JOB, "--ignore-not-found")
    _waiting.forbid(lab, worker.NAMESPACE)


FAULT = Fault(
    id="Y09b",
    title="The worker waits for a Job that a proxy keeps from its end",
    inject=inject,
    settled=lambda lab: _waiting.has_waited(worker.new_pods(lab), seconds=40),
    heal=heal,
    causes=("workload.job-held-by-sidecar",),
    names=(JOB, PROXY),
    timeout_s=150.0,
    stranger=True,
)
