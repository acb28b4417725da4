"""The host name of Temporal."""

from checks.temporal.name_resolves import NAME_RESOLVES
from diagnose.queries.exec_survey.survey import ConnectionState
from diagnose.queries.query import NoAnswerError
from tests.support.kit import codes, log, outcome
from tests.support.temporal import answering, connected, settings, worker


def test_a_name_that_dns_does_not_know_is_found() -> None:
    assert codes(NAME_RESOLVES, connected(ConnectionState.NO_SUCH_NAME, services=[])) == ["temporal.host-not-found"]


def test_a_name_that_resolves_is_well_whatever_became_of_the_connection() -> None:
    assert codes(NAME_RESOLVES, connected(ConnectionState.CONNECTED)) == []
    assert codes(NAME_RESOLVES, connected(ConnectionState.REFUSED)) == []


def test_the_log_names_a_missing_host_where_no_pod_can_look_it_up() -> None:
    own = settings(TEMPORAL_ADDRESS="temporal.nowhere.example:7233")
    line = log("failed reaching server: last resolver error: produced zero addresses")
    ctx = answering(NoAnswerError("no answer"), worker(ready=False), container=own, logs=[line])
    (finding,) = outcome(NAME_RESOLVES, ctx).findings
    assert (finding.code, finding.subjects) == ("temporal.host-not-found", ("host/temporal.nowhere.example",))
