"""The port of the health endpoint, of the probes and of the Service."""

import pytest

from checks.health.port_agrees import PORT_AGREES
from tests.support.kit import Json, codes, context
from tests.support.objects import pod, running, variables
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


PROBERS = '{"/app-health/worker/readyz": {"httpGet": {"path": "/health", "port": 8080}}}'


@pytest.mark.parametrize(
    ("proxy", "probe"),
    [
        (
            {"name": "istio-proxy", "env": variables(ISTIO_KUBE_APP_PROBERS=PROBERS)},
            {"httpGet": {"path": "/app-health/worker/readyz", "port": 15020}},
        ),
        ({"name": "kuma-sidecar"}, {"httpGet": {"path": "/8080/health", "port": 9001}}),
        ({"name": "consul-dataplane"}, {"httpGet": {"path": "/health", "port": 20400}}),
    ],
    ids=["Istio", "Kuma", "Consul, by the pod template"],
)
def test_a_probe_that_a_mesh_sends_to_its_proxy_queries_the_programs_own_port(proxy: Json, probe: Json) -> None:
    own = {"name": "worker", "env": variables(HEALTH_CHECK_PORT="8080")}
    template = {**own, "readinessProbe": {"httpGet": {"path": "/health", "port": 8080}}}
    meshed = pod(
        "worker-1", {**own, "readinessProbe": probe}, proxy, status={"containerStatuses": [running(ready=False)]}
    )
    assert codes(PORT_AGREES, context(meshed, container=template)) == []
