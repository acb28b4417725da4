"""A webhook of another program is required for every pod, and its Service does not exist."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused

NAME = "lab-policy-controller"


def inject(lab: Lab) -> None:
    webhook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAME},
        "webhooks": [
            {
                "name": "validate.policy.example.com",
                "clientConfig": {"service": {"name": NAME, "namespace": "kube-system", "path": "/validate"}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": worker.NAMESPACE}},
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(webhook))
    worker.restart(lab)


def heal(lab: Lab) -> None:
    lab.kubectl("delete", "validatingwebhookconfiguration", NAME, "--ignore-not-found")


FAULT = Fault(
    id="X45",
    title="A webhook of another program does not exist and must be asked",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "failed calling webhook"),
    heal=heal,
    causes=("workload.webhook-unreachable",),
    names=("validate.policy.example.com", NAME),
)
