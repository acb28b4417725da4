"""Services that a fault makes lead elsewhere."""

import json
from typing import Any

from tests.lab.cluster import Lab, wait_until


def change(lab: Lab, namespace: str, name: str, patch: list[dict[str, Any]]) -> None:
    """Changes the spec of a Service by a JSON patch and stores the previous one."""
    lab.memory[f"service {name}"] = json.dumps(lab.item(namespace, "service", name)["spec"])
    lab.kubectl("-n", namespace, "patch", "service", name, "--type=json", "-p", json.dumps(patch))


def select_other(lab: Lab, namespace: str, name: str, selector: dict[str, str]) -> None:
    """Let a Service select other pods, and wait until it has no endpoints."""
    change(lab, namespace, name, [{"op": "replace", "path": "/spec/selector", "value": selector}])
    wait_until(f"{name} has no endpoints", lambda: not addresses(lab, namespace, name), seconds=30)


def lead_to_port(lab: Lab, namespace: str, name: str, port: int | str) -> None:
    """Let the first port of a Service lead to another port of its pods."""
    change(lab, namespace, name, [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": port}])


def restore(lab: Lab, namespace: str, name: str) -> None:
    """Undo the change, and wait until the Service has endpoints again."""
    was = json.loads(lab.memory[f"service {name}"])
    patch = [{"op": "replace", "path": f"/spec/{field}", "value": was[field]} for field in ("selector", "ports")]
    lab.kubectl("-n", namespace, "patch", "service", name, "--type=json", "-p", json.dumps(patch))
    wait_until(f"{name} has endpoints", lambda: bool(addresses(lab, namespace, name)), seconds=60)


def addresses(lab: Lab, namespace: str, name: str) -> list[str]:
    """The addresses behind a Service."""
    slices = lab.items(namespace, "endpointslices", f"kubernetes.io/service-name={name}")
    return [
        address
        for each in slices
        for endpoint in each.get("endpoints") or []
        for address in endpoint["addresses"]
        if each.get("ports")
    ]
