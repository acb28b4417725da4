"""The password is right, and stored in a form by which the server cannot check it (xirixiz/dsmr-reader-docker#343)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _ledger
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    _store(lab, "md5")
    _ledger.restart_worker(lab)


def heal(lab: Lab) -> None:
    _store(lab, "scram-sha-256")


def _store(lab: Lab, encryption: str) -> None:
    # The variables are those of the server's container.
    statement = (
        f"SET password_encryption = '{encryption}'; ALTER ROLE \\\"$POSTGRES_USER\\\" PASSWORD '$POSTGRES_PASSWORD'"
    )
    _ledger.in_server(lab, f'psql --username=$POSTGRES_USER --quiet --command="{statement}" postgres')


FAULT = Fault(
    id="Z26",
    title="The password of a role is stored as MD5, and the server demands SCRAM",
    stranger=True,
    scene=BILLING,
    inject=inject,
    settled=lambda lab: BILLING.crashes(lab, _ledger.WORKER, "password authentication failed"),
    heal=heal,
    causes=("database.secret-not-scram",),
    names=("billing", "SCRAM"),
)
