"""Statements that wait for locks, and commits that wait for standbys."""

import threading

import pytest

from checks.database.statements_run import STATEMENTS_RUN
from diagnose.cli.assembly import prepare
from diagnose.model.report import Confidence
from diagnose.queries.database_state import (
    DatabaseSession,
    DatabaseState,
    LockWait,
    Stall,
    Standbys,
)
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.database import CLIENT, PORT, admin, surveyed
from tests.support.kit import context, findings, log
from tests.support.objects import backends, pod

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


STALL = Stall("SyncRep", 12, 45)


@pytest.mark.parametrize(
    ("standbys", "expected"),
    [
        (Standbys("db_b", ()), "db_b, which is not connected"),
        (Standbys('ANY 1 (east, "west")', ("east",)), "west, which is not connected"),
        (Standbys("FIRST 1 (east)", ("east",)), "east to confirm it"),
        (Standbys("*", ()), "and none is connected"),
        # The login may not read their names.
        (Standbys("east", ("",)), "east to confirm it"),
        (None, "45 s"),
    ],
)
def test_commits_that_wait_for_a_standby_name_it_and_come_before_what_waits_for_them(
    standbys: Standbys | None, expected: str
) -> None:
    waits = (LockWait(relation="tenants", blocker=HOLDER, since_s=20),)
    state = DatabaseState(waits=waits, stalls=(STALL,), standbys=standbys)
    (finding,) = findings(STATEMENTS_RUN, surveyed(admin(state)))
    assert finding.code == "database.commits-wait"
    assert expected in finding.summary
    assert not finding.alternatives


def test_other_events_that_sessions_wait_for_are_no_finding_by_themselves() -> None:
    state = DatabaseState(stalls=(Stall("BgWorkerShutdown", 2, 9),), standbys=Standbys("b", ("b",)))
    assert findings(STATEMENTS_RUN, surveyed(admin(state))) == []


@pytest.mark.parametrize(
    ("ready", "line", "expected"),
    [
        (False, "TimeoutError: timed out", ["database.commits-wait"]),
        (True, "TimeoutError: timed out", []),
        (False, "KeyError: 'PORT'", []),
    ],
)
def test_a_servers_log_makes_it_likely_where_no_login_could_inspect_it(
    ready: bool, line: str, expected: list[str]
) -> None:
    changed = LogText((LogLine('LOG:  parameter "synchronous_standby_names" changed to "ledger_replica"'),))
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=ready)
    server = backends("pgbouncer", PORT)
    pods = [own, *server["pods"]]
    logs = [log(line, ready=ready)]
    ctx = context(own, container=CLIENT, logs=logs, answers={ReadLog: changed}, **{**server, "pods": pods})
    found = findings(STATEMENTS_RUN, ctx)
    assert [each.code for each in found] == expected
    assert all(each.confidence is Confidence.LIKELY and "ledger_replica" in each.summary for each in found)


def test_the_pool_that_is_full_is_doubled_by_its_variable_after_the_look() -> None:
    finding = prepare(Request(replay=recordings.path("P20"))).run(threading.Event()).causes[0].finding
    look, enlarge = finding.remediation.steps[:2]
    assert not look.changes
    assert enlarge.text.startswith("If ")
    assert "DB_POOL_MAX=" in enlarge.command
