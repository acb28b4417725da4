"""The worker's own login to the database."""

import pytest

from checks.database.login_accepted import LOGIN_ACCEPTED
from diagnose.queries.database_state import (
    ConnectionSlots,
    DatabaseSession,
    DatabaseState,
    RoleState,
)
from diagnose.queries.exec_survey.survey import Login
from tests.support.database import admin, surveyed
from tests.support.kit import codes, findings

SERVER = Login(purpose="server", connected=True)
HANGS = Login(purpose="server", connected=True, code="error", message="Query read timeout")
REJECTED = Login(purpose="server", code="28P01", message='password authentication failed for user "x"')


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
    found = findings(LOGIN_ACCEPTED, surveyed(REJECTED, admin(DatabaseState(role=role))))
    assert [each.code for each in found] == [code]


def test_a_pooler_that_serves_another_user_is_saturated_for_this_one() -> None:
    held = DatabaseSession(pid=9, user="app_user_pgbouncer", state="idle in transaction", since_s=60)
    (finding,) = findings(
        LOGIN_ACCEPTED, surveyed(HANGS, admin(DatabaseState(held=(held,), slots=ConnectionSlots(5, 100))))
    )
    assert finding.code == "database.pooler-saturated"
    assert "session 9" in finding.summary


def test_a_pooler_that_serves_nobody_cannot_connect() -> None:
    hangs = Login(purpose="admin", code="error", message="timeout expired")
    assert codes(LOGIN_ACCEPTED, surveyed(HANGS, hangs)) == ["database.pooler-cannot-connect"]


def test_accepted_logins_are_silent() -> None:
    assert findings(LOGIN_ACCEPTED, surveyed(SERVER, admin(DatabaseState()))) == []


def test_a_login_that_only_one_pod_has_no_time_for_is_not_the_poolers() -> None:
    assert findings(LOGIN_ACCEPTED, surveyed(HANGS, admin(DatabaseState()), others=(SERVER,))) == []
