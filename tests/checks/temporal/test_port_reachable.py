"""The port of Temporal."""

import pytest

from checks.temporal.port_reachable import PORT_REACHABLE
from diagnose.queries.exec_survey.survey import Reached
from tests.support.kit import codes
from tests.support.temporal import connected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (Reached.REFUSED, ["temporal.refused"]),
        (Reached.TIMED_OUT, ["temporal.timed-out"]),
        (Reached.CONNECTED, []),
    ],
)
def test_refused_and_timed_out_have_codes_of_their_own(state: Reached, expected: list[str]) -> None:
    assert codes(PORT_REACHABLE, connected(state)) == expected
