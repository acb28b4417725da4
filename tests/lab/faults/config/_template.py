"""Changes of the worker's template that an audit reads at once, and Secrets and ConfigMaps beside it."""

import json
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab


def add_variables(lab: Lab, *entries: dict[str, Any]) -> None:
    """Add entries to the environment, whether or not it has their names, which begins a rollout."""
    change = [{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": entry} for entry in entries]
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
