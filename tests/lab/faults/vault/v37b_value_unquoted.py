"""A value has a quote of its own, so that the shell cannot read the file."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import crashes_saying

PATH = "alga-psa/unquoted"


def inject(lab: Lab) -> None:
    _pods.write_secret(lab, PATH, 'lab-made-up"key')
    _pods.annotate(lab, _pods.auth_key_from(PATH))


FAULT = Fault(
    id="V37b",
    title="A quote in a secret's value breaks the file for the shell",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Unterminated quoted string"),
    heal=lambda lab: _pods.forget_secret(lab, PATH),
    causes=("secrets.value-mangled",),
    names=("/vault/secrets/auth-key",),
)
