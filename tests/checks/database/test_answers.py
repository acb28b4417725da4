"""What answers on the port of the database."""

import pytest

from checks.database.answers import ANSWERS
from diagnose.queries.exec_survey.survey import ConnectionState, ServerProtocol
from tests.support.database import connected
from tests.support.kit import codes


@pytest.mark.parametrize(
    ("speaks", "expected"),
    [
        (ServerProtocol.POSTGRES, []),
        (ServerProtocol.POSTGRES_TLS, []),
        (ServerProtocol.OTHER, ["database.not-postgres"]),
    ],
)
def test_another_protocol_on_the_port_is_found(speaks: ServerProtocol, expected: list[str]) -> None:
    assert codes(ANSWERS, connected(ConnectionState.CONNECTED, speaks=speaks)) == expected
