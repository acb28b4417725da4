"""Whether the database takes writes."""

import threading

import pytest

from checks.database.writable import WRITABLE
from diagnose.cli.assembly import prepare
from diagnose.queries.exec_survey.survey import Login
from diagnose.target.request import Request
from tests.support import recordings
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


def test_the_setting_is_reset_for_the_database_and_for_the_role() -> None:
    (finding,) = findings(WRITABLE, surveyed(Login(purpose="server", connected=True, read_only=True)))
    command = finding.remediation.steps[0].command
    assert "ALTER DATABASE" in command
    assert "ALTER ROLE" in command
    # A pool keeps sessions that began with the setting.
    assert "pg_terminate_backend" in command


def test_a_full_volume_is_looked_for_in_the_pod_of_the_server_before_its_claim_is_enlarged() -> None:
    finding = prepare(Request(replay=recordings.path("P17"))).run(threading.Event()).causes[0].finding
    look, enlarge = finding.remediation.steps[:2]
    assert "in pod db-0" in finding.summary
    assert look.command.has("df", "-h")
    assert enlarge.command.has("persistentvolumeclaim", "data-db-0")
