"""What the worker does at once against the connections that it has."""

import pytest

from checks.scaling.concurrency_suits import CONCURRENCY_SUITS
from diagnose.check.api import NotApplicableError
from diagnose.model.report import Status
from diagnose.queries.database_state import ConnectionSlots, DatabaseState
from diagnose.queries.exec_survey.survey import Login
from tests.support.kit import WORKER, codes, context, findings, outcome, survey
from tests.support.objects import pod, variables

SLOTS = ConnectionSlots(5, 20)


@pytest.mark.parametrize(("slots", "expected"), [("200", ["scaling.activities-exceed-pool"]), ("1", [])])
def test_more_activities_than_connections_are_found(slots: str, expected: list[str]) -> None:
    env = variables(DB_HOST="db", TEMPORAL_ADDRESS="t:7233", MAX_CONCURRENT_ACTIVITIES=slots)
    assert codes(CONCURRENCY_SUITS, context(profile=WORKER, container={"env": env})) == expected


@pytest.mark.parametrize(("limit", "expected"), [(20, ["scaling.connections-exceeded"]), (5000, [])])
def test_more_connections_than_the_server_allows_are_found(limit: int, expected: list[str]) -> None:
    container = {"env": variables(DB_HOST="db", TEMPORAL_ADDRESS="t:7233")}
    own = pod("worker-1", {"name": "worker", **container}, ready=True)
    login = Login(purpose="server", connected=True, look=DatabaseState(slots=ConnectionSlots(5, limit)))
    ctx = context(own, profile=WORKER, container=container, surveys=[survey(own, logins=(login,))])
    assert codes(CONCURRENCY_SUITS, ctx) == expected


@pytest.mark.parametrize(
    ("host", "logins", "status"),
    [
        ("db", (), Status.UNKNOWN),
        ("db", (Login(purpose="server", code="28P01"),), Status.UNKNOWN),
        ("pgbouncer", (Login(purpose="server", connected=True, look=DatabaseState(slots=SLOTS)),), Status.PASS),
        ("db", None, Status.PASS),
    ],
)
def test_a_limit_that_nothing_reports_is_named_as_unknown(
    host: str, logins: tuple[Login, ...] | None, status: Status
) -> None:
    container = {"env": variables(DB_HOST=host, TEMPORAL_ADDRESS="t:7233")}
    own = pod("worker-1", {"name": "worker", **container}, ready=True)
    surveys = [] if logins is None else [survey(own, logins=logins)]
    found = outcome(CONCURRENCY_SUITS, context(own, profile=WORKER, container=container, surveys=surveys))
    assert (found.status, f"at {host}:5432 allows is unknown" in found.reason) == (status, True)


def test_without_a_database_there_are_no_connections() -> None:
    with pytest.raises(NotApplicableError):
        findings(CONCURRENCY_SUITS, context(profile=WORKER))
