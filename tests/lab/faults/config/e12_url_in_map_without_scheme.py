"""A ConfigMap delivers a URL that is none."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import add_variables, create, delete, of_map
from tests.lab.shape import is_new_pod_ready

NAME = "lab-store"


def inject(lab: Lab) -> None:
    create(lab, "configmap", NAME, store="store.example.com")
    add_variables(lab, of_map("NM_STORE_BASE_URL", NAME, "store"))


def heal(lab: Lab) -> None:
    delete(lab, "configmap", NAME)


FAULT = Fault(
    id="E12",
    title="A ConfigMap delivers a URL without a scheme",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("config.delivered-mistyped",),
    names=("NM_STORE_BASE_URL",),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
