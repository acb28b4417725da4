"""The worker waits for the migration's Job; beside its program, which is done, Vault's agent runs on
(hashicorp/vault-k8s#120)."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _waiting

JOB = "worker-migrate"
AGENT = {
    "vault.hashicorp.com/agent-inject": "true",
    "vault.hashicorp.com/role": "temporal-worker",
    "vault.hashicorp.com/agent-inject-secret-shared": "secret/data/alga-psa/shared",
}


def inject(lab: Lab) -> None:
    template = {"metadata": {"annotations": AGENT}, "spec": {"serviceAccountName": worker.NAME}}
    job = _waiting.migration(JOB, worker.NAMESPACE, **template)
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(job))
    _waiting.allow(lab, worker.NAMESPACE, worker.NAME)
    image = worker.pods(lab)[0]["spec"]["containers"][0]["image"]
    init = _waiting.init_with_curl(image, worker.NAMESPACE, JOB)
    worker.patch_template(lab, {"spec": {"initContainers": [init]}})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "job", JOB, "--ignore-not-found")
    _waiting.forbid(lab, worker.NAMESPACE)


FAULT = Fault(
    id="Y09",
    title="The worker waits for a Job that the injected agent keeps from its end",
    inject=inject,
    settled=lambda lab: _waiting.has_waited(worker.new_pods(lab), seconds=40),
    heal=heal,
    causes=("workload.job-held-by-sidecar",),
    names=(JOB, "vault-agent"),
    timeout_s=150.0,
    stranger=True,
)
