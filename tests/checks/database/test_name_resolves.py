"""The host name of the database."""

import pytest

from checks.database.name_resolves import NAME_RESOLVES
from diagnose.queries.exec_survey.survey import ConnectionState
from tests.support.database import connected
from tests.support.kit import WORKER, Json, codes, context, log, outcome
from tests.support.objects import pod, variables, waiting


def test_a_name_that_dns_does_not_know_is_found() -> None:
    assert codes(NAME_RESOLVES, connected(ConnectionState.NO_SUCH_NAME, services=[])) == ["database.host-not-found"]


def test_a_name_that_resolves_is_well_whatever_became_of_the_connection() -> None:
    assert codes(NAME_RESOLVES, connected(ConnectionState.CONNECTED)) == []
    assert codes(NAME_RESOLVES, connected(ConnectionState.REFUSED)) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "Traceback (most recent call last):\n"
            '  File "/usr/lib/python3.11/socket.py", line 962, in getaddrinfo\n'
            "socket.gaierror: [Errno -2] Name or service not known\n"
            "\n"
            "The above exception was the direct cause of the following exception:\n"
            "\n"
            "Traceback (most recent call last):\n"
            '  File "/app/main.py", line 42, in connect\n'
            "driver.InterfaceError: Can't create a connection to host ledger.accounts and port 5432 (timeout is 10).",
            ["database.host-not-found"],
        ),
        ("Error: getaddrinfo EAI_AGAIN ledger.accounts", ["database.name-unresolved"]),
        ("driver.InterfaceError: Can't create a connection to host ledger.accounts and port 5432: timed out", []),
        ('could not translate host name "other.accounts" to address: Name or service not known', []),
    ],
)
def test_the_log_shows_how_a_lookup_failed_where_no_container_runs_that_could_try(
    lines: str, expected: list[str]
) -> None:
    container: Json = {"env": variables(DB_HOST="ledger.accounts", DB_PORT="5432")}
    crashed = pod(
        "worker-1", {"name": "worker", **container}, status={"containerStatuses": [waiting("CrashLoopBackOff")]}
    )
    ctx = context(crashed, profile=WORKER, container=container, logs=[log(lines, run="previous")])
    assert [each.code for each in outcome(NAME_RESOLVES, ctx).findings] == expected
