"""A key is missing in a Vault secret, which stays silent, and the database password is wrong, which crashes."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database.p05_password_wrong import restore_password, spoil_password
from tests.lab.faults.vault.v23_key_missing import remove_key, restore_key
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    remove_key(lab)
    spoil_password(lab)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    restore_password(lab)
    restore_key(lab)


FAULT = Fault(
    id="C-V23-P05",
    title="A key is missing in a Vault secret, and the database password is wrong",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "SASL authentication failed"),
    heal=heal,
    causes=("secrets.value-missing", "database.login-rejected"),
    names=("ALGA_AUTH_KEY",),
)
