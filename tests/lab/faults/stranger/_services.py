"""Services and their EndpointSlices, as faults change them."""

import json

from tests.lab.cluster import Lab

LOCAL = {"spec": {"internalTrafficPolicy": "Local"}}
CLUSTER = {"spec": {"internalTrafficPolicy": "Cluster"}}
NOBODY = tuple(f"10.91.2.{last}" for last in range(241, 247))
"""Addresses of the pods' network that no pod has."""


def add_slice(lab: Lab, namespace: str, service: str, name: str, manager: str, *ports: tuple[str, int]) -> None:
    """Add an EndpointSlice with addresses that nobody has; `remove_slice` takes it away."""
    add_addresses(lab, namespace, service, name, manager, NOBODY, *ports)


def add_addresses(
    lab: Lab, namespace: str, service: str, name: str, manager: str, addresses: tuple[str, ...], *ports: tuple[str, int]
) -> None:
    """Add an EndpointSlice with these addresses, and nothing that says whose they are."""
    labels = {"kubernetes.io/service-name": service, "endpointslice.kubernetes.io/managed-by": manager}
    made = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "addressType": "IPv4",
        "ports": [{"name": port, "port": number, "protocol": "TCP"} for port, number in ports],
        "endpoints": [{"addresses": [each], "conditions": {"ready": True}} for each in addresses],
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(made))


def remove_slice(lab: Lab, namespace: str, name: str) -> None:
    """Take the slice away."""
    lab.kubectl("-n", namespace, "delete", "endpointslice", name, "--ignore-not-found")
