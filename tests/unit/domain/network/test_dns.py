"""Which connections looked up a name."""

import pytest

from diagnose.domain.network.dns import is_conclusive, is_lookup
from diagnose.queries.exec_survey.survey import Connection, ConnectionState


@pytest.mark.parametrize(
    ("host", "state", "is_one"),
    [
        ("db.msp.svc", ConnectionState.CONNECTED, True),
        ("db.msp.svc", ConnectionState.NAME_UNRESOLVED, True),
        ("db.msp.svc", ConnectionState.NO_TOOL, False),
        ("10.0.0.1", ConnectionState.CONNECTED, False),
        ("fd00::1", ConnectionState.REFUSED, False),
        ("localhost", ConnectionState.CONNECTED, False),
    ],
)
def test_an_address_needs_no_lookup(host: str, state: ConnectionState, is_one: bool) -> None:
    assert is_lookup(Connection(host, 5432, state)) is is_one


def test_what_timed_out_at_no_address_may_have_waited_for_dns() -> None:
    assert not is_conclusive(Connection("db.msp.svc", 5432, ConnectionState.TIMED_OUT))
    assert is_conclusive(Connection("db.msp.svc", 5432, ConnectionState.TIMED_OUT, address="10.96.0.7"))
    assert is_conclusive(Connection("db.msp.svc", 5432, ConnectionState.NAME_UNRESOLVED))
