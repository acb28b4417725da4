"""A ValidatingAdmissionPolicy refuses the worker's pods."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused

NAME = "lab-needs-team-label"


def inject(lab: Lab) -> None:
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": NAME},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
                ]
            },
            "validations": [{"expression": "'team' in object.metadata.labels", "message": "every pod needs a team"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": NAME},
        "spec": {
            "policyName": NAME,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": worker.NAMESPACE}}},
        },
    }
    for each in (policy, binding):
        lab.kubectl("apply", "-f", "-", stdin=json.dumps(each))
    worker.restart(lab)


def heal(lab: Lab) -> None:
    for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
        lab.kubectl("delete", kind, NAME, "--ignore-not-found")


FAULT = Fault(
    id="X44",
    title="A ValidatingAdmissionPolicy refuses the pods",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, NAME),
    heal=heal,
    causes=("workload.creation-refused",),
    names=(NAME, "every pod needs a team"),
)
