"""The Secret's key of the database password is there, and empty."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import crashes_saying

SECRET = "lab-empty"


def inject(lab: Lab) -> None:
    create = ("-n", worker.NAMESPACE, "create", "secret", "generic", SECRET, "--from-literal=password=")
    lab.kubectl(*create)
    source = {"secretKeyRef": {"name": SECRET, "key": "password"}}
    worker.patch_container(lab, {"env": [{"name": "DB_PASSWORD_SERVER", "valueFrom": source}]})


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", SECRET, "--ignore-not-found")


FAULT = Fault(
    id="P06",
    title="The database password is empty in its Secret",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Required Configuration Missing"),
    heal=heal,
    causes=("config.variable-missing",),
    names=("DB_PASSWORD_SERVER", SECRET),
)
