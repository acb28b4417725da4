"""A key is given by a Secret, and again by a file of the Vault agent, which overrides it."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import add_variables, is_changed, of_secret


def inject(lab: Lab) -> None:
    add_variables(lab, of_secret("ALGA_AUTH_KEY", "alga-core-sebastian-secrets", "NEXTAUTH_SECRET"))


FAULT = Fault(
    id="E05",
    title="A file of Vault overrides a variable",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.variable-shadowed",),
    names=(
        "ALGA_AUTH_KEY",
        "alga-core-sebastian-secrets",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
