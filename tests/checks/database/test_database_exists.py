"""The database that the environment names."""

import pytest

from checks.database.database_exists import DATABASE_EXISTS
from diagnose.queries.exec_survey.survey import Login
from tests.support.database import surveyed
from tests.support.kit import codes


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        (
            Login(purpose="server", code="3D000", message='database "server" does not exist'),
            ["database.database-not-found"],
        ),
        (Login(purpose="server", connected=True), []),
    ],
)
def test_a_database_that_does_not_exist_is_found(login: Login, expected: list[str]) -> None:
    assert codes(DATABASE_EXISTS, surveyed(login)) == expected
