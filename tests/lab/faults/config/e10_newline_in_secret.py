"""A secret ends with a line break, as `echo | base64` leaves it; the worker starts with it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import create, delete, of_secret, replace_variable
from tests.lab.shape import is_new_pod_ready

NAME = "lab-padded"


def inject(lab: Lab) -> None:
    create(lab, "generic", NAME, value="made-up-and-long-enough\n")
    replace_variable(lab, of_secret("NEXTAUTH_SECRET", NAME, "value"))


def heal(lab: Lab) -> None:
    delete(lab, "secret", NAME)


FAULT = Fault(
    id="E10",
    title="A secret ends with a line break",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("config.delivered-wrapped",),
    names=("NEXTAUTH_SECRET",),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
