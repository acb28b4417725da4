"""A table that the schedules read does not exist, and nobody may exec: the operator's own login sees it."""

from dataclasses import replace

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.faults.database import p15_table_missing
from tests.lab.faults.database._own_login import COMMAND
from tests.lab.faults.database._postgres import sql


def inject(lab: Lab) -> None:
    # The worker is not restarted, so that its log says nothing of it.
    sql(lab, f"ALTER TABLE {p15_table_missing.TABLE} RENAME TO {p15_table_missing.AWAY}")


FAULT = replace(
    p15_table_missing.FAULT,
    id="P15d",
    title="A table does not exist, seen by the operator's own login",
    inject=inject,
    settled=worker.is_healthy,
    command=COMMAND,
    replaces_pods=False,
)
