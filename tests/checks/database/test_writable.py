"""Whether the database takes writes."""

import pytest

from checks.database.writable import WRITABLE
from diagnose.queries.exec_survey.survey import Login
from tests.support.database import surveyed
from tests.support.kit import findings


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (Login(purpose="server", connected=True, standby=True, read_only=True), "a standby"),
        (Login(purpose="server", connected=True, read_only=True), "read-only (default_transaction_read_only)"),
    ],
)
def test_a_login_whose_transactions_are_read_only_is_found(login: Login, reason: str) -> None:
    (finding,) = findings(WRITABLE, surveyed(login))
    assert finding.code == "database.read-only"
    assert reason in finding.summary


def test_a_login_that_can_write_is_well() -> None:
    assert findings(WRITABLE, surveyed(Login(purpose="server", connected=True))) == []
