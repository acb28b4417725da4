"""The port of the health endpoint, of the probes and of the Service."""

import pytest

from checks.health.port_agrees import PORT_AGREES
from tests.support.kit import Json, codes
from tests.support.objects import variables
from tests.support.probes import probed

BY_NAME = {"readinessProbe": {"httpGet": {"port": "http"}}}


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"env": variables(HEALTH_CHECK_PORT="8080", ENABLE_HEALTH_CHECK="true")}, []),
        ({"env": variables(HEALTH_CHECK_PORT="8081")}, ["health.port-mismatch"]),
        ({"env": variables(ENABLE_HEALTH_CHECK="True")}, ["health.endpoint-disabled"]),
        (BY_NAME, ["health.port-name-unknown"]),
        ({**BY_NAME, "ports": [{"name": "http", "containerPort": 8080}]}, []),
    ],
)
def test_the_probes_ask_the_port_on_which_the_endpoint_listens(container: Json, expected: list[str]) -> None:
    assert codes(PORT_AGREES, probed(ready=False, container=container)) == expected


def test_a_container_that_is_ready_has_answered_its_probes() -> None:
    assert codes(PORT_AGREES, probed(container={"env": variables(HEALTH_CHECK_PORT="8081")})) == []
