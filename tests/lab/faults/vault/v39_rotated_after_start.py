"""A secret changes in Vault, the agent renders it, and the process still uses the old value."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods

PATH = "alga-psa/rotated"
INTERVAL = "10s"
RENDERED = 'rendered "(dynamic)" => "/vault/secrets/auth-key"'


def inject(lab: Lab) -> None:
    _pods.write_secret(lab, PATH, "lab-made-up-first")
    _pods.annotate(lab, {**_pods.auth_key_from(PATH), "template-static-secret-render-interval": INTERVAL})
    started = _pods.wait_ready(lab)
    lab.memory["started before"] = started["metadata"]["name"]
    _pods.change_secret(lab, PATH, "lab-made-up-second")


def is_settled(lab: Lab) -> bool:
    name = lab.memory["started before"]
    message = lab.try_kubectl("-n", worker.NAMESPACE, "logs", name, "-c", _pods.SIDECAR)
    # The init container wrote the first value; the sidecar writes, and says so, only when the value is another.
    return RENDERED in message


FAULT = Fault(
    id="V39",
    title="A secret was rotated after the worker had started",
    inject=inject,
    settled=is_settled,
    heal=lambda lab: _pods.forget_secret(lab, PATH),
    causes=("secrets.value-stale",),
    names=("ALGA_AUTH_KEY", "/vault/secrets/auth-key"),
    replaces_pods=True,
)
