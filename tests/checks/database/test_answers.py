"""What answers on the port of the database."""

import pytest

from checks.database.answers import ANSWERS
from diagnose.queries.exec_survey.survey import Reached, Speaks
from tests.support.database import connected
from tests.support.kit import codes


@pytest.mark.parametrize(
    ("speaks", "expected"),
    [
        (Speaks.POSTGRES, []),
        (Speaks.POSTGRES_TLS, []),
        (Speaks.OTHER, ["database.not-postgres"]),
    ],
)
def test_another_protocol_on_the_port_is_found(speaks: Speaks, expected: list[str]) -> None:
    assert codes(ANSWERS, connected(Reached.CONNECTED, speaks=speaks)) == expected
