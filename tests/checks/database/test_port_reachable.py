"""The port of the database."""

import pytest

from checks.database.port_reachable import PORT_REACHABLE
from diagnose.queries.exec_survey.survey import ConnectionState
from tests.support.database import connected
from tests.support.kit import codes


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ConnectionState.REFUSED, ["database.refused"]),
        (ConnectionState.TIMED_OUT, ["database.timed-out"]),
        (ConnectionState.CONNECTED, []),
    ],
)
def test_refused_and_timed_out_have_codes_of_their_own(state: ConnectionState, expected: list[str]) -> None:
    assert codes(PORT_REACHABLE, connected(state)) == expected


def test_a_service_without_endpoints_is_found_before_the_refusal() -> None:
    assert codes(PORT_REACHABLE, connected(ConnectionState.REFUSED, endpointslices=[])) == ["database.no-endpoints"]
