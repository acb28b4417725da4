"""Helm's records of the worker's release, and Helm itself."""

import base64
import gzip
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab

CHART = Path(__file__).parents[2] / "services/chart/temporal-worker"
FIRST = "helm's last good revision"


def upgrade(*more: str) -> "subprocess.Popen[bytes]":
    """Begin an upgrade of the release with the values that it has."""
    command = ("helm", "upgrade", worker.NAME, str(CHART), "-n", worker.NAMESPACE, "--reuse-values", *more)
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def records(lab: Lab) -> list[JsonObject]:
    """Helm's records, the oldest first."""
    found = lab.items(worker.NAMESPACE, "secrets", f"owner=helm,name={worker.NAME}")
    return sorted(found, key=lambda each: int(each["metadata"]["labels"]["version"]))


def remember(lab: Lab) -> None:
    """Keep which revision was the last before the fault."""
    lab.memory[FIRST] = records(lab)[-1]["metadata"]["labels"]["version"]


def forget_newer(lab: Lab) -> None:
    """Delete the records that came since, and let the one before count as deployed again."""
    for each in records(lab):
        if int(each["metadata"]["labels"]["version"]) > int(lab.memory[FIRST]):
            lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", each["metadata"]["name"])


def age(lab: Lab, secret: JsonObject, by: timedelta) -> None:
    """Write into a record that its operation began that much earlier."""
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    release["info"]["last_deployed"] = (datetime.now(UTC) - by).isoformat()
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    lab.patch(worker.NAMESPACE, "secret", secret["metadata"]["name"], {"data": {"release": packed}})
