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
STORED = "records"
MISSING = "0badc0de"
"""A tag that was never built."""


def upgrade(*more: str) -> "subprocess.Popen[bytes]":
    """Begin an upgrade of the release to an image that is missing, which therefore waits."""
    given = ("--reuse-values", "--wait", "--set-string", f"image.tag={MISSING}", *more)
    command = ("helm", "upgrade", worker.NAME, str(CHART), "-n", worker.NAMESPACE, *given)
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def records(lab: Lab) -> list[JsonObject]:
    """Helm's records, the oldest first."""
    found = lab.items(worker.NAMESPACE, "secrets", f"owner=helm,name={worker.NAME}")
    return sorted(found, key=lambda each: int(each["metadata"]["labels"]["version"]))


def remember(lab: Lab) -> None:
    """Stores the records before the fault."""
    lab.memory[STORED] = json.dumps(records(lab))


def put_back(lab: Lab) -> None:
    """Delete the records that came since, and write those from before as they were."""
    stored = {each["metadata"]["name"]: each for each in json.loads(lab.memory[STORED])}
    for each in records(lab):
        name = each["metadata"]["name"]
        if name not in stored:
            lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", name)
            continue
        old = stored[name]
        lab.patch(
            worker.NAMESPACE, "secret", name, {"data": old["data"], "metadata": {"labels": old["metadata"]["labels"]}}
        )


def age(lab: Lab, secret: JsonObject, by: timedelta) -> None:
    """Write into a record that its operation began that much earlier."""
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    release["info"]["last_deployed"] = (datetime.now(UTC) - by).isoformat()
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    lab.patch(worker.NAMESPACE, "secret", secret["metadata"]["name"], {"data": {"release": packed}})
