"""Rights that a fault gives the worker's account."""

from tests.lab import worker
from tests.lab.cluster import Lab

ACCOUNT = f"{worker.NAMESPACE}:{worker.NAME}"


def give(lab: Lab, name: str, verbs: str, resources: str) -> None:
    """A Role and its binding to the worker's account."""
    lab.kubectl("-n", worker.NAMESPACE, "create", "role", name, f"--verb={verbs}", f"--resource={resources}")
    bind = ("rolebinding", name, f"--role={name}", f"--serviceaccount={ACCOUNT}")
    lab.kubectl("-n", worker.NAMESPACE, "create", *bind)


def take(lab: Lab, name: str) -> None:
    """Take both away."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", "role,rolebinding", name, "--ignore-not-found")
