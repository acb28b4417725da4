"""The cluster that gets the services: the lab's own, or the one that KUBECONFIG leads to."""

import functools
import json
import os
import shutil
from pathlib import Path

from tests.lab.kubernetes import settings
from tests.lab.kubernetes.shell import JsonObject, LabError, run
from tests.lab.services import programs

# What the lab made bears this label; on a cluster of other people it touches nothing else.
LABEL = "app.kubernetes.io/part-of"
LABEL_VALUE = "diagnose-lab"


def is_lab() -> bool:
    """Whether it is the lab's own cluster: without KUBECONFIG it is, so that nobody's current cluster is hit."""
    chosen = os.environ.get("KUBECONFIG")
    return not chosen or Path(chosen).resolve() == settings.KUBECONFIG.resolve()


def kubectl(*arguments: str, check: bool = True, stdin: str | None = None) -> str:
    """What kubectl prints."""
    return run(_program("kubectl"), "--kubeconfig", _kubeconfig(), *arguments, check=check, stdin=stdin)


def apply(*objects: JsonObject) -> None:
    """Create or change objects."""
    kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def helm(*arguments: object) -> str:
    """What helm prints."""
    return run(_program("helm"), "--kubeconfig", _kubeconfig(), *map(str, arguments))


def create_namespaces(*names: str) -> None:
    """Make the namespaces that are missing."""
    for name in names:
        if not kubectl("get", "namespace", name, "--ignore-not-found"):
            metadata = {"name": name, "labels": {LABEL: LABEL_VALUE}}
            apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def demand_own(*objects: str) -> None:
    """Refuse to touch what is there, but was not made by the lab.

    Raises:
        LabError: the message names what is in the way.
    """
    for name in objects:
        if kubectl("get", name, "--ignore-not-found") and not is_own(name):
            raise LabError(f"{name} is in this cluster, and the lab did not make it: choose a cluster without it")


def is_own(name: str) -> bool:
    """Whether the lab made this object; on its own cluster it made everything."""
    labels = kubectl("get", name, "--ignore-not-found", "-o", "jsonpath={.metadata.labels}")
    return is_lab() or bool(labels and json.loads(labels).get(LABEL) == LABEL_VALUE)


def _kubeconfig() -> str:
    return str(settings.KUBECONFIG) if is_lab() else os.environ["KUBECONFIG"]


@functools.cache
def _program(name: str) -> Path:
    """The lab's own program on the lab's cluster, else the one in PATH."""
    if is_lab():
        return programs.helm() if name == "helm" else settings.BIN / name
    found = shutil.which(name)
    if not found:
        raise LabError(f"there is no {name} in PATH")
    return Path(found)
