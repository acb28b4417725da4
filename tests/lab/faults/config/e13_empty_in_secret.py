"""A Secret has a key with nothing in it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import add_variables, create, delete, of_secret
from tests.lab.shape import is_new_pod_ready

NAME = "lab-empty"


def inject(lab: Lab) -> None:
    create(lab, "generic", NAME, value="")
    add_variables(lab, of_secret("WEBHOOK_TOKEN", NAME, "value"))


def heal(lab: Lab) -> None:
    delete(lab, "secret", NAME)


FAULT = Fault(
    id="E13",
    title="A Secret delivers nothing",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("config.delivered-empty",),
    names=("WEBHOOK_TOKEN",),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
