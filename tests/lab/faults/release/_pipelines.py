"""Workflows that build and deploy, submitted and run by the cluster's own Argo controller (`make lab-argo`)."""

import json

from tests.lab.cluster import JsonObject, Lab, LabError, wait_until

NAMESPACE = "argo"
BUILD, DEPLOY, BOTH = "temporal-worker-build", "temporal-worker-deploy", "alga-psa-build-migrate-deploy-with-temporal"
KIND = "workflows.argoproj.io"
LABEL = "diagnose-lab/fault"
OPEN = {"", "Pending", "Running"}


def submit(lab: Lab, template: str, **parameters: str) -> str:
    """Submit a workflow as the runbook does, and return its name; `_` in a parameter's name stands for `-`."""
    if f"{NAMESPACE}   " not in lab.kubectl("get", "namespaces") or KIND not in lab.kubectl("get", "crd"):
        raise LabError("this cluster has no Argo Workflows: make lab-argo")
    given = [{"name": name.replace("_", "-"), "value": value} for name, value in parameters.items()]
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": f"{template}-", "namespace": NAMESPACE, "labels": {LABEL: "true"}},
        "spec": {"workflowTemplateRef": {"name": template}, "arguments": {"parameters": given}},
    }
    return lab.kubectl("create", "-f", "-", "-o", "jsonpath={.metadata.name}", stdin=json.dumps(workflow)).strip()


def run(lab: Lab, template: str, **parameters: str) -> str:
    """Submit a workflow, wait for its end, and return its name."""
    name = submit(lab, template, **parameters)
    wait_until(f"workflow {name} ends", lambda: phase(lab, name) not in OPEN, seconds=240)
    return name


def phase(lab: Lab, name: str) -> str:
    """The phase of a workflow, "" before the controller has taken it up."""
    found: str = status(lab, name).get("phase", "")
    return found


def status(lab: Lab, name: str) -> JsonObject:
    """The status of a workflow."""
    found: JsonObject = lab.item(NAMESPACE, KIND, name).get("status", {})
    return found


def remove(lab: Lab) -> None:
    """Take the faults' workflows away."""
    lab.kubectl("-n", NAMESPACE, "delete", KIND, "-l", f"{LABEL}=true", "--ignore-not-found", "--wait=true")
