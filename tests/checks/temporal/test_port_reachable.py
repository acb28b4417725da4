"""The port of Temporal."""

import pytest

from checks.temporal.port_reachable import PORT_REACHABLE
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import ConnectionState
from tests.support.kit import PLAIN, Json, codes, context, findings, log
from tests.support.objects import network_policy, waiting
from tests.support.temporal import CLIENT, FRONTEND, connected, worker

DROPPED = (
    '{"level":"ERROR","msg":"unable to create Temporal client","error":"failed reaching server: received context error '
    'while waiting for new LB policy update: context deadline exceeded"}'
)


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


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([network_policy(namespace="temporal", ingress=[])], ("temporal.timed-out", Confidence.CERTAIN)),
        ([], ("temporal.unreachable", Confidence.LIKELY)),
    ],
)
def test_the_log_of_a_crashed_pod_counts_where_no_container_runs_that_could_try(
    policies: list[Json], expected: tuple[str, Confidence]
) -> None:
    crashed = worker(ready=False, status={"containerStatuses": [waiting("CrashLoopBackOff")]})
    given: Json = {
        "container": CLIENT,
        "profile": PLAIN,
        "logs": [log(DROPPED, run="previous")],
        "networkpolicies": policies,
    }
    (found,) = findings(PORT_REACHABLE, context(crashed, **given, **FRONTEND))
    assert (found.code, found.confidence) == expected
