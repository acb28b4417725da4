"""The port of the database."""

from typing import Any

import pytest

from checks.database.port_reachable import PORT_REACHABLE
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import ConnectionState
from tests.support.database import PORT, connected
from tests.support.kit import codes, findings
from tests.support.objects import backends, pod


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


def mixed(other_port: int, **labels: str) -> dict[str, Any]:
    """Returns a pooler whose Service selects the pod of another workload, too."""
    found = backends("pgbouncer", PORT, "pgbouncer-7d9-x2", "db-0", labels={"app": "pooler"} | labels)
    found["services"][0]["spec"]["selector"] = {"app": "pooler"}
    found["pods"][1] |= pod(
        "db-0", {"name": "server", "ports": [{"containerPort": other_port}]}, labels={"app": "pooler"}, ready=True
    )
    return found


@pytest.mark.parametrize("state", [ConnectionState.CONNECTED, ConnectionState.REFUSED, ConnectionState.TIMED_OUT])
def test_a_service_that_selects_a_pod_of_another_server_is_found_by_whichever_answers(state: ConnectionState) -> None:
    (found,) = findings(PORT_REACHABLE, connected(state, **mixed(5432)))
    assert (found.code, found.confidence) == ("database.refused", Confidence.LIKELY)
    assert "its Service also selects pod db-0, which declares port 5432" in found.summary
    assert '{"metadata":{"labels":{"app":null}}}' in str(found.remediation.steps[0].command)
    (found,) = findings(PORT_REACHABLE, connected(state, **mixed(5432, tier="pooler")))
    assert '{"spec":{"selector":{"tier":"pooler"}}}' in str(found.remediation.steps[0].command)


def test_a_service_of_two_workloads_that_serve_its_port_is_no_finding() -> None:
    assert not findings(PORT_REACHABLE, connected(ConnectionState.CONNECTED, **mixed(PORT)))
