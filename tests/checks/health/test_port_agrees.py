"""The port of the health endpoint, of the probes and of the Service."""

import pytest

from checks.health.port_agrees import PORT_AGREES
from diagnose.model.report import Confidence
from tests.support.kit import LABELS, Json, codes, findings
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


def selecting(*ports: Json) -> list[Json]:
    return [{"metadata": {"name": "web", "namespace": "msp"}, "spec": {"selector": LABELS, "ports": list(ports)}}]


DECLARED: Json = {"ports": [{"name": "http", "containerPort": 8080}]}


@pytest.mark.parametrize(
    ("port", "container", "certain"),
    [
        ({"port": 80, "targetPort": 8081}, {"env": variables(HEALTH_CHECK_PORT="8080")}, True),
        ({"port": 80, "targetPort": 8081}, DECLARED, False),
        ({"port": 80}, DECLARED, False),
        ({"port": 80, "targetPort": "htpp"}, DECLARED, True),
        ({"port": 80, "targetPort": "web"}, {}, True),
    ],
)
def test_a_service_that_points_to_another_port_is_found(port: Json, container: Json, certain: bool) -> None:
    (finding,) = findings(PORT_AGREES, probed(container=container, services=selecting(port)))
    assert finding.code == "health.service-port-mismatch"
    assert (finding.confidence is Confidence.CERTAIN) is certain


@pytest.mark.parametrize(
    ("ports", "container"),
    [
        ([{"port": 80, "targetPort": "http"}], DECLARED),
        ([{"port": 8080}], DECLARED),
        ([{"port": 80, "targetPort": 9000}, {"port": 81, "targetPort": 8080}], DECLARED),
        # Nothing shows which ports the program listens on.
        ([{"port": 80, "targetPort": 9000}], {}),
    ],
)
def test_a_service_that_may_be_right_is_not(ports: list[Json], container: Json) -> None:
    assert codes(PORT_AGREES, probed(container=container, services=selecting(*ports))) == []
