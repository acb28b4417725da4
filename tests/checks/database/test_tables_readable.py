"""The tables and columns that the worker reads."""

import pytest

from checks.database.tables_readable import TABLES_READABLE
from diagnose.queries.database_state import (
    DatabaseState,
    Migrations,
    TableState,
)
from tests.support.database import admin, surveyed
from tests.support.kit import findings


def tables(**states: bool) -> tuple[TableState, ...]:
    return tuple(TableState(name.replace("__", "."), present, present) for name, present in states.items())


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (tables(tenants=True, jobs=True), []),
        (tables(tenants=True, jobs=False), ["has no table jobs"]),
        (tables(tenants=True, tenants__email=False), ["has no column tenants.email"]),
        (tables(tenants=False, tenants__email=False, jobs=True), ["has no table tenants"]),
        (
            tables(tenants=False, jobs=False),
            ['Database "server" at'],
        ),
        ((TableState("tenants", present=True, readable=False), TableState("jobs", True, True)), ["may not read"]),
        ((TableState("tenants", False, False, "old"), TableState("jobs", True, True)), ["schema old has it"]),
        ((TableState("tenants", False, False, "app"), TableState("jobs", False, False, "app")), ["are in schema app"]),
        ((TableState("tenants", False, False, "app"), TableState("jobs", False, False)), ['Database "server" at']),
    ],
)
def test_the_tables_are_there_and_readable(found: tuple[TableState, ...], expected: list[str]) -> None:
    summaries = [
        each.summary
        for each in findings(TABLES_READABLE, surveyed(admin(DatabaseState(database="server", tables=found))))
    ]
    assert len(summaries) == len(expected)
    assert all(text in summary for text, summary in zip(expected, summaries, strict=True))


@pytest.mark.parametrize(
    ("migrations", "fix"),
    [
        (Migrations(locked=0, applied=5, last="5_e", files=5), "Restore the table from a backup"),
        (Migrations(locked=0, applied=4, last="4_d", files=5, pending=1, next="5_e"), "Run the migrations"),
        (Migrations(locked=0, applied=5, last="5_e"), "Run the migrations"),
    ],
    ids=["all applied", "one pending", "files unknown"],
)
def test_a_table_that_every_migration_has_been_applied_for_is_restored(migrations: Migrations, fix: str) -> None:
    state = DatabaseState(database="server", tables=tables(tenants=True, jobs=False), migrations=migrations)
    (finding,) = findings(TABLES_READABLE, surveyed(admin(state)))
    assert finding.remediation.summary.startswith(fix)
