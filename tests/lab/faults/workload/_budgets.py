"""Disruption budgets beside the worker's own, and what faults change of that."""

import json
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab

NAME = "temporal-worker"
KIND = "poddisruptionbudget"
WORKER = {"matchLabels": {"app.kubernetes.io/component": "temporal-worker"}}


def add(lab: Lab, name: str, spec: dict[str, Any]) -> None:
    """Make another budget in the worker's namespace."""
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": worker.NAMESPACE},
        "spec": spec,
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(budget))


def remove(lab: Lab, name: str) -> None:
    """Take a budget away."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", KIND, name, "--ignore-not-found")


def patch(lab: Lab, spec: dict[str, Any]) -> None:
    """Give the worker's own budget other fields."""
    lab.kubectl("-n", worker.NAMESPACE, "patch", KIND, NAME, "--type=merge", "-p", json.dumps({"spec": spec}))
