"""Statements that wait for locks."""

from checks.database.statements_run import STATEMENTS_RUN
from diagnose.queries.database_state import (
    DatabaseSession,
    DatabaseState,
    LockWait,
)
from tests.support.database import admin, surveyed
from tests.support.kit import findings

HOLDER = DatabaseSession(pid=7, user="reporting", application="psql", state="idle in transaction", since_s=40)


def test_a_statement_that_waits_long_for_a_lock_names_who_holds_it() -> None:
    waits = (LockWait(relation="tenants", blocker=HOLDER, since_s=20),)
    (finding,) = findings(STATEMENTS_RUN, surveyed(admin(DatabaseState(waits=waits))))
    assert finding.code == "database.table-locked"
    assert "tenants" in finding.summary
    assert "session 7 of reporting (psql)" in finding.summary


def test_a_passing_wait_is_none() -> None:
    waits = (LockWait(relation="tenants", blocker=HOLDER, since_s=1),)
    assert findings(STATEMENTS_RUN, surveyed(admin(DatabaseState(waits=waits)))) == []
