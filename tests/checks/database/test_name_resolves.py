"""The host name of the database."""

from checks.database.name_resolves import NAME_RESOLVES
from diagnose.queries.exec_survey.survey import ConnectionState
from tests.support.database import connected
from tests.support.kit import codes


def test_a_name_that_dns_does_not_know_is_found() -> None:
    assert codes(NAME_RESOLVES, connected(ConnectionState.NO_SUCH_NAME, services=[])) == ["database.host-not-found"]


def test_a_name_that_resolves_is_well_whatever_became_of_the_connection() -> None:
    assert codes(NAME_RESOLVES, connected(ConnectionState.CONNECTED)) == []
    assert codes(NAME_RESOLVES, connected(ConnectionState.REFUSED)) == []
