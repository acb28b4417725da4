"""What a database says of itself, judged: tables, locks, pools, roles and the pooler before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from checks.database.login_accepted import LOGIN_ACCEPTED
from checks.database.migrations_applied import MIGRATIONS_APPLIED
from checks.database.statements_run import STATEMENTS_RUN
from checks.database.tables_readable import TABLES_READABLE
from diagnose.check.api import Check, Context, SurveyResult
from diagnose.cli.assembly import prepare
from diagnose.engine.diagnosis import names_of
from diagnose.engine.run_data import SharedRunData
from diagnose.logs.signatures import Match
from diagnose.model.report import Finding
from diagnose.queries.database_state import (
    DatabaseSession,
    DatabaseState,
    Migrations,
    RoleState,
    Slots,
    TableState,
    Wait,
)
from diagnose.queries.exec_survey.survey import Login, SurveyAnswer
from diagnose.target.discovery import discover
from diagnose.target.request import Request
from tests.support import recordings

HEALTHY = recordings.path("N01")
HOLDER = DatabaseSession(pid=7, user="reporting", application="psql", state="idle in transaction", since_s=40)
SERVER = Login(purpose="server", connected=True)
HANGS = Login(purpose="server", connected=True, code="error", message="Query read timeout")
REJECTED = Login(purpose="server", code="28P01", message='password authentication failed for user "x"')


@dataclass
class AnsweringWorld(SharedRunData):
    """The healthy lab, whose first pods answer with other logins."""

    logins: tuple[Login, ...] = ()

    others: tuple[Login, ...] = ()

    def surveys(self) -> tuple[SurveyResult, ...]:
        answers = [SurveyAnswer("node", logins=each) for each in (self.logins, self.others)]
        pods = self.target.pods[:2]
        return tuple(
            SurveyResult(pod=pod, container="temporal-worker", answer=each)
            for pod, each in zip(pods, answers, strict=True)
        )

    def matches(self) -> tuple[Match, ...]:
        return ()


def query(check: Check, *logins: Login, others: tuple[Login, ...] = ()) -> Iterator[Finding]:
    found = prepare(Request(replay=HEALTHY))
    target = discover(found.gateway, found.request, found.catalogue.profile)
    run_data = AnsweringWorld(found.gateway, target, (), logins=logins, others=others)
    now: datetime = found.now
    return check.run(Context(target=target, now=now, run_data=run_data, check=check, names=names_of(target)))


def admin(look: DatabaseState) -> Login:
    return Login(purpose="admin", connected=True, look=look)


def tables(**states: bool) -> tuple[TableState, ...]:
    return tuple(TableState(name.replace("__", "."), present, present) for name, present in states.items())


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (tables(tenants=True, jobs=True), []),
        (tables(tenants=True, jobs=False), ["Table jobs does not exist"]),
        (tables(tenants=True, tenants__email=False), ["Column tenants.email does not exist"]),
        (tables(tenants=False, tenants__email=False, jobs=True), ["Table tenants does not exist"]),
        (
            tables(tenants=False, jobs=False),
            ['Database "server" at'],
        ),
        ((TableState("tenants", present=True, readable=False), TableState("jobs", True, True)), ["may not read"]),
        ((TableState("tenants", False, False, "old"), TableState("jobs", True, True)), ["it is in schema old"]),
        ((TableState("tenants", False, False, "app"), TableState("jobs", False, False, "app")), ["are in schema app"]),
        ((TableState("tenants", False, False, "app"), TableState("jobs", False, False)), ['Database "server" at']),
    ],
)
def test_the_tables_are_there_and_readable(found: tuple[TableState, ...], told: list[str]) -> None:
    summaries = [each.summary for each in query(TABLES_READABLE, admin(DatabaseState(database="server", tables=found)))]
    assert len(summaries) == len(told)
    assert all(text in summary for text, summary in zip(told, summaries, strict=True))


def test_a_statement_that_waits_long_for_a_lock_names_who_holds_it() -> None:
    waits = (Wait(relation="tenants", blocker=HOLDER, since_s=20),)
    (finding,) = query(STATEMENTS_RUN, admin(DatabaseState(waits=waits)))
    assert finding.code == "database.table-locked"
    assert "tenants" in finding.summary
    assert "session 7 of reporting (psql)" in finding.summary


def test_a_passing_wait_is_none() -> None:
    waits = (Wait(relation="tenants", blocker=HOLDER, since_s=1),)
    assert list(query(STATEMENTS_RUN, admin(DatabaseState(waits=waits)))) == []


@pytest.mark.parametrize(
    ("locked", "busy", "codes"),
    [(0, 0, []), (1, 0, ["database.migration-locked"]), (1, 2, [])],
)
def test_a_lock_is_left_behind_where_nobody_works(locked: int, busy: int, codes: list[str]) -> None:
    look = DatabaseState(busy=busy, migrations=Migrations(locked=locked, applied=5))
    assert [each.code for each in query(MIGRATIONS_APPLIED, admin(look))] == codes


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (RoleState("app_user_pgbouncer", exists=False), "database.role-not-found"),
        (RoleState("app_user_pgbouncer", expired=True), "database.password-expired"),
        (RoleState("app_user_pgbouncer", login=False), "database.login-not-permitted"),
        (RoleState("somebody_else", exists=False), "database.login-rejected"),
    ],
)
def test_a_refused_password_may_be_a_role_that_is_not_so(role: RoleState, code: str) -> None:
    found = list(query(LOGIN_ACCEPTED, REJECTED, admin(DatabaseState(role=role))))
    assert [each.code for each in found] == [code]


def test_a_pooler_that_serves_another_user_is_saturated_for_this_one() -> None:
    held = DatabaseSession(pid=9, user="app_user_pgbouncer", state="idle in transaction", since_s=60)
    (finding,) = query(LOGIN_ACCEPTED, HANGS, admin(DatabaseState(held=(held,), slots=Slots(5, 100))))
    assert finding.code == "database.pooler-saturated"
    assert "session 9" in finding.summary


def test_a_pooler_that_serves_nobody_cannot_connect() -> None:
    hangs = Login(purpose="admin", code="error", message="timeout expired")
    assert [each.code for each in query(LOGIN_ACCEPTED, HANGS, hangs)] == ["database.pooler-cannot-connect"]


def test_accepted_logins_are_silent() -> None:
    assert list(query(LOGIN_ACCEPTED, SERVER, admin(DatabaseState()))) == []


def test_a_login_that_only_one_pod_has_no_time_for_is_not_the_poolers() -> None:
    assert list(query(LOGIN_ACCEPTED, HANGS, admin(DatabaseState()), others=(SERVER,))) == []
