"""The admin login to the database."""

import pytest

from checks.database.admin_login_accepted import ADMIN_LOGIN_ACCEPTED
from diagnose.model.report import Status
from diagnose.queries.exec_survey.survey import Login
from tests.support.database import surveyed
from tests.support.kit import codes, outcome

REJECTED = Login(purpose="admin", code="28P01", message='password authentication failed for user "postgres"')
OTHER = Login(purpose="admin", code="XX000", message="something else")


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        (REJECTED, ["database.admin-login-rejected"]),
        (OTHER, ["database.admin-login-failed"]),
        (Login(purpose="admin", connected=True), []),
    ],
)
def test_an_admin_login_that_is_refused_is_found(login: Login, expected: list[str]) -> None:
    assert codes(ADMIN_LOGIN_ACCEPTED, surveyed(login)) == expected


def test_a_login_that_is_slow_in_one_pod_alone_is_unknown() -> None:
    late = Login(purpose="admin", code="ETIMEDOUT", message="no answer in time")
    found = outcome(ADMIN_LOGIN_ACCEPTED, surveyed(Login(purpose="admin", connected=True), others=(late,)))
    assert (found.status, found.reason) == (
        Status.UNKNOWN,
        "login from pod worker-2: no answer in time, while others are accepted",
    )
    assert codes(ADMIN_LOGIN_ACCEPTED, surveyed(late, others=(late,))) == ["database.admin-login-failed"]
