"""The worker's autoscaler, as faults change and wait for it."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab

NAME = "temporal-worker"
KIND = "horizontalpodautoscaler"
STORED = "autoscaler"


def change(lab: Lab, spec: dict[str, Any]) -> None:
    """Changes the autoscaler's spec and stores the previous one."""
    lab.memory[STORED] = json.dumps(lab.item(worker.NAMESPACE, KIND, NAME)["spec"])
    patch(lab, spec)


def restore(lab: Lab) -> None:
    """Undo `change`."""
    patch(lab, json.loads(lab.memory[STORED]))


def patch(lab: Lab, spec: dict[str, Any]) -> None:
    """Give the autoscaler other fields."""
    lab.kubectl("-n", worker.NAMESPACE, "patch", KIND, NAME, "--type=merge", "-p", json.dumps({"spec": spec}))


def says(lab: Lab, kind: str, status: str, *, reason: str = "", seconds: float = 0.0) -> bool:
    """Whether the autoscaler has had a condition of this status, for some reason, for so long."""
    for each in lab.item(worker.NAMESPACE, KIND, NAME)["status"].get("conditions", []):
        if (each["type"], each["status"]) == (kind, status) and each.get("reason", "").startswith(reason):
            return _age(each) >= seconds
    return False


def _age(condition: JsonObject) -> float:
    since = datetime.fromisoformat(condition["lastTransitionTime"].replace("Z", "+00:00"))
    return (datetime.now(UTC) - since).total_seconds()
