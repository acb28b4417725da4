"""Other ways to install the worker: the same release with other values, and back."""

import json
import subprocess
from pathlib import Path

from tests.lab import worker
from tests.lab.cluster import Lab, LabError, wait_until

SERVICES = Path(__file__).parents[2] / "services"
CHART = SERVICES / "chart/temporal-worker"
VALUES = SERVICES / "values"
STORED = "release revision"


def upgrade(lab: Lab, *arguments: str) -> None:
    """Install the worker's release with other values; `go_back` returns to the revision before."""
    history = json.loads(_helm("history", worker.NAME, "--output=json"))
    lab.memory[STORED] = str(history[-1]["revision"])
    _helm("upgrade", worker.NAME, str(CHART), *arguments)


def plain_secrets(lab: Lab) -> tuple[str, ...]:
    """The arguments of an install whose secrets are Kubernetes' own."""
    tag = worker.pods(lab)[0]["spec"]["containers"][0]["image"].rpartition(":")[2]
    return (
        "--values",
        str(VALUES / "lab.yaml"),
        "--values",
        str(VALUES / "kubernetes.yaml"),
        "--set",
        f"image.tag={tag}",
    )


def manifest_of_release(_: Lab) -> str:
    """What the worker's release was rendered to."""
    return _helm("get", "manifest", worker.NAME)


def go_back(lab: Lab) -> None:
    """Return to the revision before `upgrade`."""
    _helm("rollback", worker.NAME, lab.memory[STORED])
    wait_until("three healthy pods", lambda: worker.is_healthy(lab), seconds=240)


def is_rolled_out(lab: Lab) -> bool:
    """Whether all pods are of a new template, and healthy."""
    return worker.is_healthy(lab) and len(worker.new_pods(lab)) == worker.REPLICAS


def _helm(*arguments: str) -> str:
    done = subprocess.run(
        ["helm", "--namespace", worker.NAMESPACE, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise LabError(f"helm {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
