"""The port of Temporal."""

import pytest

from checks.temporal.port_reachable import PORT_REACHABLE
from diagnose.queries.exec_survey.survey import ConnectionState
from tests.support.kit import codes
from tests.support.temporal import connected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ConnectionState.REFUSED, ["temporal.refused"]),
        (ConnectionState.TIMED_OUT, ["temporal.timed-out"]),
        (ConnectionState.CONNECTED, []),
    ],
)
def test_refused_and_timed_out_have_codes_of_their_own(state: ConnectionState, expected: list[str]) -> None:
    assert codes(PORT_REACHABLE, connected(state)) == expected
