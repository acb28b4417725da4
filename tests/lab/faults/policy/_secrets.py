"""Secrets' ages, as faults change them."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab

NAME = "db-credentials"


def set_key(lab: Lab, value: str | None) -> None:
    """Set a key that nobody uses; nothing takes it away."""
    change = json.dumps({"stringData": {"LAB_NOTE": value}} if value else {"data": {"LAB_NOTE": None}})
    lab.kubectl("-n", worker.NAMESPACE, "patch", "secret", NAME, "--type=merge", "-p", change)


def backdate(lab: Lab, day: str) -> None:
    """Sets another day as the time of the Secret's last change."""
    found = lab.kubectl("-n", worker.NAMESPACE, "get", "secret", NAME, "-o", "json", "--show-managed-fields")
    managers = json.loads(found)["metadata"]["managedFields"]
    change = [{**each, "time": f"{day}T00:00:00Z"} for each in managers]
    patch = json.dumps([{"op": "replace", "path": "/metadata/managedFields", "value": change}])
    lab.kubectl("-n", worker.NAMESPACE, "patch", "secret", NAME, "--type=json", "-p", patch)


def managers(lab: Lab) -> str:
    """Who set what of the Secret, and when."""
    found = lab.kubectl("-n", worker.NAMESPACE, "get", "secret", NAME, "-o", "json", "--show-managed-fields")
    return json.dumps(json.loads(found)["metadata"]["managedFields"])
