"""A Secret holds the text of a template in place of the value."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.config._template import add_variables, create, delete, of_secret
from tests.lab.shape import is_new_pod_ready

NAME = "lab-unrendered"


def inject(lab: Lab) -> None:
    create(lab, "generic", NAME, value="{{ .Values.email.apiKey }}")
    add_variables(lab, of_secret("RESEND_WEBHOOK_KEY", NAME, "value"))


def heal(lab: Lab) -> None:
    delete(lab, "secret", NAME)


FAULT = Fault(
    id="E11",
    title="A Secret holds the text of a template",
    inject=inject,
    settled=is_new_pod_ready,
    heal=heal,
    causes=("config.delivered-unrendered",),
    names=("RESEND_WEBHOOK_KEY",),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
