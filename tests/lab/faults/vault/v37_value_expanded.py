"""A value has characters that mean something to the shell which reads it, so the worker gets another one."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods
from tests.lab.shape import is_new_pod_ready

PATH = "alga-psa/expanded"


def inject(lab: Lab) -> None:
    _pods.write_secret(lab, PATH, "lab-made-up$key-$$-of-nothing")
    _pods.annotate(lab, _pods.auth_key_from(PATH))


FAULT = Fault(
    id="V37",
    title="The shell changes a secret's value",
    inject=inject,
    settled=is_new_pod_ready,
    heal=lambda lab: _pods.forget_secret(lab, PATH),
    causes=("secrets.value-mangled",),
    names=("ALGA_AUTH_KEY", "/vault/secrets/auth-key"),
    replaces_pods=True,
)
