"""The admin's database password is wrong: the worker becomes ready without its schedules."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_new_pod_ready

SECRET = "lab-admin-wrong"


def inject(lab: Lab) -> None:
    create = ("-n", worker.NAMESPACE, "create", "secret", "generic", SECRET, "--from-literal=password=wrong")
    lab.kubectl(*create)
    source = {"secretKeyRef": {"name": SECRET, "key": "password"}}
    worker.patch_container(lab, {"env": [{"name": "DB_PASSWORD_ADMIN", "valueFrom": source}]})


def heal(lab: Lab) -> None:
    worker.go_back(lab)
    lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", SECRET, "--ignore-not-found")


FAULT = Fault(
    id="P27",
    title="The admin's database password is wrong",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("database.admin-login-rejected",),
    names=("postgres",),
    replaces_pods=True,
)
