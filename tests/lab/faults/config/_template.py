"""Changes of the worker's template that an audit reads at once, and Secrets and ConfigMaps beside it."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab


def add_variables(lab: Lab, *entries: dict[str, Any]) -> None:
    """Add entries to the environment, whether or not it has their names, which begins a rollout."""
    change = [{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": entry} for entry in entries]
    lab.kubectl("-n", worker.NAMESPACE, "patch", worker.DEPLOYMENT, "--type=json", "-p", json.dumps(change))


def replace_variable(lab: Lab, entry: dict[str, Any]) -> None:
    """Give a variable another origin in place of its own, which begins a rollout."""
    container = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]["spec"]["containers"][0]
    stored = [each for each in container["env"] if each["name"] != entry["name"]]
    change = [{"op": "replace", "path": "/spec/template/spec/containers/0/env", "value": [*stored, entry]}]
    lab.kubectl("-n", worker.NAMESPACE, "patch", worker.DEPLOYMENT, "--type=json", "-p", json.dumps(change))


def is_changed(lab: Lab) -> bool:
    """Whether pods of another template than the healthy one have been made."""
    return bool(worker.new_pods(lab))


def create(lab: Lab, kind: str, name: str, **values: str) -> None:
    """Make a Secret ("generic") or a ConfigMap ("configmap")."""
    what = ("secret", "generic") if kind == "generic" else (kind,)
    literals = (f"--from-literal={key}={value}" for key, value in values.items())
    lab.kubectl("-n", worker.NAMESPACE, "create", *what, name, *literals)


def delete(lab: Lab, kind: str, name: str) -> None:
    """Take it away, after the pods that use it."""
    worker.go_back(lab)
    lab.kubectl("-n", worker.NAMESPACE, "delete", kind, name, "--ignore-not-found")


def of_secret(variable: str, name: str, key: str) -> dict[str, Any]:
    """An entry that takes its value from a Secret."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def of_map(variable: str, name: str, key: str) -> dict[str, Any]:
    """An entry that takes its value from a ConfigMap."""
    return {"name": variable, "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}}


MANIFEST = Path(tempfile.gettempdir()) / "lab-configuration.json"
BEFORE = ("gate", "--phase", "pre", "--manifest", str(MANIFEST), "--only", "config")
"""A gate before a deploy of what `write_manifest` wrote."""


def write_manifest(lab: Lab, **values: str) -> None:
    """Write the worker's Deployment as it is to be deployed next, with other values of variables."""
    found = lab.item(worker.NAMESPACE, "deployment", worker.NAME)
    meta = {key: found["metadata"][key] for key in ("name", "namespace", "labels")}
    container = found["spec"]["template"]["spec"]["containers"][0]
    stored = [each for each in container["env"] if each["name"] not in values]
    container["env"] = [*stored, *({"name": name, "value": value} for name, value in values.items())]
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": found["spec"]}
    MANIFEST.write_text(json.dumps(made), encoding="utf-8")


def forget_manifest(lab: Lab) -> None:
    """Take the file away."""
    MANIFEST.unlink(missing_ok=True)
