"""The gate before a deploy as faults ask it, and manifests of versions that are to come."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab
from tests.lab.faults.healthy._install import manifest_of_release
from tests.lab.services.settings import VAULT_ROOT_TOKEN

GATE = ("gate", "--phase", "pre")
WITH_TOKEN = {"VAULT_TOKEN": VAULT_ROOT_TOKEN}
FILE = Path("build/manifest.yaml")
WITH_MANIFEST = (*GATE, "--manifest", str(FILE))
NEXT = "temporal-worker-next"
"""A Deployment that the cluster does not have, so that the gate is before its first install."""


def unchanged(_: JsonObject) -> None:
    """Leave the Deployment as it is."""


def write_manifest(lab: Lab, change: Callable[[JsonObject], None] = unchanged) -> None:
    """Write the manifest of the worker's release, with its Deployment changed."""
    documents: list[JsonObject] = [each for each in yaml.safe_load_all(manifest_of_release(lab)) if each]
    for each in documents:
        if each["kind"] == "Deployment":
            change(each)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(yaml.safe_dump_all(documents))


def has_manifest(_: Lab) -> bool:
    """Whether the manifest is written."""
    return FILE.exists()


def template(deployment: JsonObject) -> JsonObject:
    """The pod template of a Deployment."""
    found: JsonObject = deployment["spec"]["template"]
    return found


def set_variable(deployment: JsonObject, name: str, **entry: Any) -> None:
    """Give the worker's container a variable, in place of the one that it has."""
    container = template(deployment)["spec"]["containers"][0]
    others = [each for each in container["env"] if each["name"] != name]
    container["env"] = [*others, {"name": name, **entry}]


def rename(deployment: JsonObject) -> None:
    """Make it a Deployment that the cluster does not have."""
    deployment["metadata"]["name"] = NEXT
    deployment["spec"]["selector"]["matchLabels"]["app.kubernetes.io/instance"] = NEXT
    template(deployment)["metadata"]["labels"]["app.kubernetes.io/instance"] = NEXT


def make_secret(lab: Lab, name: str, **literals: str) -> None:
    """Make a Secret of the type Opaque beside the worker."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": worker.NAMESPACE},
        "stringData": literals,
    }
    lab.kubectl("create", "-f", "-", stdin=json.dumps(secret))
