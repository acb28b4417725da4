"""A key is missing in a Vault secret: the agent writes `<no value>` in its place, and nobody complains."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import says

PATH = vault_server.SHARED_SECRET


def remove_key(lab: Lab) -> None:
    """Leave the secret without the key that the worker's template reads."""
    vault_server.remember_secret(lab, PATH)
    vault_server.vault(lab, "kv", "put", f"secret/{PATH}", "other=1")


def restore_key(lab: Lab) -> None:
    """Undo `remove_key`."""
    vault_server.restore_secret(lab, PATH)


def inject(lab: Lab) -> None:
    remove_key(lab)
    worker.restart(lab)


FAULT = Fault(
    id="V23",
    title="A key is missing in a Vault secret",
    inject=inject,
    settled=lambda lab: says(lab, "Starting Temporal worker"),
    heal=restore_key,
    causes=("secrets.value-missing",),
    names=("ALGA_AUTH_KEY",),
    replaces_pods=True,
)
