"""The values of DB_HOST and DB_PORT."""

from typing import Any

import pytest

from checks.database.address_named import ADDRESS_NAMED
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from tests.support.kit import codes, context, findings, survey
from tests.support.objects import pod, variables


@pytest.mark.parametrize(
    ("env", "tried", "expected"),
    [
        ({"DB_HOST": "localhost"}, Connection("localhost", 5432, ConnectionState.REFUSED), ["database.host-local"]),
        ({"DB_HOST": "localhost"}, Connection("localhost", 5432, ConnectionState.CONNECTED), []),
        (
            {"DB_HOST": "10.0.0.7", "DB_PORT": "tcp://10.96.0.7:5432"},
            Connection("10.0.0.7", 5432, ConnectionState.TIMED_OUT),
            ["database.port-malformed"],
        ),
        ({"DB_HOST": "10.0.0.7", "DB_PORT": "5433"}, Connection("10.0.0.7", 5433, ConnectionState.TIMED_OUT), []),
    ],
)
def test_a_value_that_is_no_address_is_found_where_it_leads_nowhere(
    env: dict[str, str], tried: Connection, expected: list[str]
) -> None:
    container: dict[str, Any] = {"env": variables(**env)}
    own = pod("worker-1", {"name": "worker", **container})
    ctx = context(own, container=container, surveys=[survey(own, connections=(tried,))])
    assert codes(ADDRESS_NAMED, ctx) == expected


PROXY = {"name": "cloud-sql-proxy", "restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, ["database.host-local"]),
        ({"initContainers": [{"name": "cloud-sql-proxy"}]}, ["database.host-local"]),
        ({"initContainers": [PROXY]}, []),
    ],
    ids=["alone", "only an init container", "native sidecar"],
)
def test_before_a_deploy_the_pod_itself_has_no_database_without_a_sidecar(
    spec: dict[str, Any], expected: list[str]
) -> None:
    whole = {"containers": [{"name": "worker", "env": variables(DB_HOST="127.0.0.1")}], **spec}
    ctx = context(spec=whole)
    found = findings(ADDRESS_NAMED, ctx)
    assert [each.code for each in found] == expected
    assert all(each.confidence is Confidence.LIKELY for each in found)
