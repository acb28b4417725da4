"""What temporal-worker-controller makes of a WorkerDeployment (https://github.com/temporalio/temporal-worker-controller).

It makes a Deployment for each version, whose containers get the address, the namespace and the credentials of the
Connection by the official variables of the SDKs.
"""

from copy import deepcopy
from typing import Any

KINDS = ("WorkerDeployment", "TemporalWorkerDeployment")
CONNECTIONS = {"Connection", "TemporalConnection"}
LABEL = "temporal.io/deployment-name"
VOLUME, PATH = "temporal-tls", "/etc/temporal/tls"


def deployment(plain: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the Deployment of a WorkerDeployment's next version, as plain data.

    Args:
        plain: the WorkerDeployment.
        others: the objects of the manifest, among which its Connection may be.
    """
    spec = _mapping(plain.get("spec"))
    options = _mapping(spec.get("workerOptions"))
    reference = _mapping(options.get("connectionRef")).get("name") or options.get("connection")
    connection = next(
        (
            each
            for each in others
            if each.get("kind") in CONNECTIONS and _mapping(each.get("metadata")).get("name") == reference
        ),
        {},
    )
    template = deepcopy(_mapping(spec.get("template")))
    pod = _mapping(template.get("spec"))
    variables, volumes = _credentials(_mapping(connection.get("spec")))
    if namespace := options.get("temporalNamespace"):
        variables.append({"name": "TEMPORAL_NAMESPACE", "value": namespace})
    containers = pod.get("containers")
    for container in filter(None, map(_mapping, containers if isinstance(containers, list) else ())):
        container["env"] = _extended(container.get("env"), variables)
    pod["volumes"] = _extended(pod.get("volumes"), volumes)
    metadata = _mapping(plain.get("metadata"))
    labels = _mapping(_mapping(template.get("metadata")).get("labels"))
    template["metadata"] = {**_mapping(template.get("metadata")), "labels": {**labels, LABEL: metadata.get("name")}}
    return {
        "kind": "WorkerDeployment",
        "metadata": metadata,
        "spec": {"replicas": spec.get("replicas"), "template": template},
    }


def _credentials(connection: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns the variables and the volumes that containers get by a Connection."""
    variables: list[dict[str, Any]] = []
    volumes: list[dict[str, Any]] = []
    if address := connection.get("hostPort"):
        variables.append({"name": "TEMPORAL_ADDRESS", "value": address})
    secret = _mapping(connection.get("mutualTLSSecretRef")).get("name") or connection.get("mutualTLSSecret")
    if secret:
        variables.append({"name": "TEMPORAL_TLS", "value": "true"})
        variables += [
            {"name": f"TEMPORAL_TLS_CLIENT_{part}_PATH", "value": f"{PATH}/{file}"}
            for part, file in (("CERT", "tls.crt"), ("KEY", "tls.key"))
        ]
        volumes.append({"name": VOLUME, "secret": {"secretName": secret}})
    if key := _mapping(connection.get("apiKeySecretRef")):
        variables.append({"name": "TEMPORAL_API_KEY", "valueFrom": {"secretKeyRef": key}})
    return variables, volumes


def _extended(found: Any, more: list[dict[str, Any]]) -> Any:
    """Returns a list with more items; what is none stays, so that it is reported where the Deployment is read."""
    return [*(found or ()), *more] if isinstance(found, list | None) else found


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
