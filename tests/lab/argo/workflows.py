"""Installs the templates, runs workflows of them, and tells how each step ended and what it gave out."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.lab.kubernetes.settings import VOLUMES
from tests.lab.kubernetes.shell import JsonObject, wait_until
from tests.lab.services.cluster import apply, is_lab, kubectl
from tests.lab.services.settings import REPOSITORY

TEMPLATES = REPOSITORY / "deploy/argo"
RIGHTS = Path(__file__).parent / "rights.yaml"
NAMESPACE = "argo"
LONGEST_S = 900


@dataclass(frozen=True)
class Step:
    """How one step ended; `tries` counts its pods."""

    phase: str
    message: str
    exit_code: str
    tries: int
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def report(self) -> JsonObject:
        """The report that the step gave out."""
        read: JsonObject = json.loads(self.outputs["report"])
        return read


@dataclass(frozen=True)
class Ended:
    """A workflow that has ended, with its steps by their names."""

    phase: str
    seconds: float
    steps: dict[str, Step]


def install(*, artifacts: bool) -> None:
    """Bring the templates and the rights; without a store for artifacts, the templates without them."""
    kubectl("-n", NAMESPACE, "apply", "-f", str(TEMPLATES / "executor.yaml"))
    kubectl("apply", "-f", str(RIGHTS))
    for path in sorted(TEMPLATES.glob("*.yaml")):
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if each["kind"] == "WorkflowTemplate":
                kubectl("-n", NAMESPACE, "apply", "-f", "-", stdin=json.dumps(_stored(each, artifacts=artifacts)))


def _stored(template: JsonObject, *, artifacts: bool) -> JsonObject:
    for each in template["spec"]["templates"]:
        if not artifacts:
            each.get("outputs", {}).pop("artifacts", None)
    return template


def start(template: str, parameters: dict[str, str], entrypoint: str = "") -> str:
    """The name of a new workflow."""
    spec: JsonObject = {
        "workflowTemplateRef": {"name": template},
        "arguments": {"parameters": [{"name": name, "value": value} for name, value in parameters.items()]},
    }
    if entrypoint:
        spec["entrypoint"] = entrypoint
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "proof-", "namespace": NAMESPACE},
        "spec": spec,
    }
    return kubectl("create", "-f", "-", "-o", "name", stdin=json.dumps(workflow)).strip().partition("/")[2]


def every_minute(image: str) -> str:
    """Have the regular look run each minute, and give the name of its first workflow; `never` ends that."""
    regular: JsonObject = yaml.safe_load((TEMPLATES / "cron.yaml").read_text(encoding="utf-8"))
    spec = regular["spec"]
    spec["schedule"] = "* * * * *"
    # Its workflow would be forgotten before it was read.
    spec["workflowSpec"].pop("podGC")
    spec["workflowSpec"]["arguments"]["parameters"][0]["value"] = image
    kubectl("-n", NAMESPACE, "apply", "-f", "-", stdin=json.dumps(regular))
    own = ("-l", f"workflows.argoproj.io/cron-workflow={regular['metadata']['name']}", "-o", "name")
    wait_until(
        "the regular look starts", lambda: kubectl("-n", NAMESPACE, "get", "workflows", *own).split(), seconds=120
    )
    return kubectl("-n", NAMESPACE, "get", "workflows", *own).split()[0].partition("/")[2]


def never() -> None:
    """End the regular look, and forget its workflows."""
    kubectl("-n", NAMESPACE, "delete", "cronworkflow", "diagnose-regularly")


def status(name: str) -> JsonObject:
    """The present status of a workflow."""
    found: JsonObject = json.loads(kubectl("-n", NAMESPACE, "get", "workflow", name, "-o", "json")).get("status", {})
    return found


def running_pod(name: str, seconds: float = 120) -> str:
    """The name of a workflow's pod, once its main container runs."""
    ready = "jsonpath={range .items[?(@.status.phase=='Running')]}{.metadata.name} {end}"
    wait_until(f"a pod of {name} runs", lambda: _pods(name, ready), seconds=int(seconds))
    return _pods(name, ready)[0]


def _pods(name: str, shown: str) -> list[str]:
    return kubectl("-n", NAMESPACE, "get", "pods", "-l", f"workflows.argoproj.io/workflow={name}", "-o", shown).split()


def ended(name: str) -> Ended:
    """How a workflow ended, once it has."""
    wait_until(f"workflow {name} ends", lambda: bool(status(name).get("finishedAt")), seconds=LONGEST_S)
    found = status(name)
    nodes: list[JsonObject] = list(found.get("nodes", {}).values())
    pods = [node for node in nodes if node["type"] == "Pod"]
    steps = {}
    for node in nodes:
        if node["type"] in {"Retry", "Skipped"} or (node["type"] == "Pod" and "(" not in node["displayName"]):
            tries = [each for each in pods if each["name"].startswith(f"{node['name']}(")] or [node]
            steps[node["displayName"]] = _step(node, tries)
    return Ended(found["phase"], _seconds(found), steps)


def _step(node: JsonObject, tries: list[JsonObject]) -> Step:
    # Of a workflow that is stopped, Argo ends the step before its last try, which then alone has the outputs.
    outputs = node.get("outputs") or tries[-1].get("outputs", {})
    output = {each["name"]: each.get("value", "") for each in outputs.get("parameters", [])}
    return Step(node["phase"], node.get("message", ""), outputs.get("exitCode", ""), len(tries), output)


def _seconds(found: JsonObject) -> float:
    from datetime import datetime

    began, finished = (datetime.fromisoformat(found[key]) for key in ("startedAt", "finishedAt"))
    return (finished - began).total_seconds()


def claim(name: str) -> None:
    """Make the claim in which the pods of a fleet meet; in the lab it is a folder that all nodes see."""
    spec: JsonObject = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    if is_lab():
        folder = VOLUMES / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        volume = {
            "storageClassName": "lab",
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteMany"],
            "claimRef": {"namespace": NAMESPACE, "name": name},
            "hostPath": {"path": str(folder), "type": "Directory"},
        }
        apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": volume})
        spec |= {"storageClassName": "lab", "volumeName": name}
    metadata = {"name": name, "namespace": NAMESPACE}
    apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})
