"""The migrations' lock is held, and nobody may exec: the operator's own login sees it."""

from dataclasses import replace

from tests.lab.faults.database import p24b_migration_lock_alone
from tests.lab.faults.database._own_login import COMMAND

FAULT = replace(
    p24b_migration_lock_alone.FAULT,
    id="P24c",
    title="The migrations' lock is held, seen by the operator's own login",
    command=COMMAND,
)
