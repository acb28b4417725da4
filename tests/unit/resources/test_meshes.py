"""The probes of a program whose pod has the proxy of a service mesh."""

import json

import msgspec
import pytest

from diagnose.resources import Pod
from tests.support.kit import Json

ISTIO = {
    "/app-health/orders/livez": {"httpGet": {"path": "/live", "port": 8080, "scheme": "HTTP"}, "timeoutSeconds": 1},
    "/app-health/orders/readyz": {"tcpSocket": {"port": 9090}},
    "/app-health/orders/startupz": {"grpc": {"port": 50051, "service": "orders"}},
}
PROXY: Json = {"name": "istio-proxy", "env": [{"name": "ISTIO_KUBE_APP_PROBERS", "value": json.dumps(ISTIO)}]}


def rewritten(path: str, port: int = 15020) -> Json:
    """Returns a probe as an injector leaves it."""
    return {"httpGet": {"path": path, "port": port}, "periodSeconds": 7, "failureThreshold": 4}


ORDERS: Json = {
    "name": "orders",
    "livenessProbe": rewritten("/app-health/orders/livez"),
    "readinessProbe": rewritten("/app-health/orders/readyz"),
    "startupProbe": rewritten("/app-health/orders/startupz"),
}


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [ORDERS, PROXY]},
        {"containers": [ORDERS], "initContainers": [{**PROXY, "restartPolicy": "Always"}]},
    ],
    ids=["sidecar", "native sidecar"],
)
def test_probes_that_istio_rewrote_are_the_programs_own_with_their_times(spec: Json) -> None:
    own = msgspec.convert({"metadata": {"name": "p"}, "spec": spec}, Pod).spec.container("orders")
    assert own is not None
    live, ready, startup = own.liveness_probe, own.readiness_probe, own.startup_probe
    assert live
    assert live.http_get
    assert (live.http_get.port, live.http_get.path) == (8080, "/live")
    assert (live.period_seconds, live.failure_threshold) == (7, 4)
    assert ready
    assert ready.tcp_socket
    assert ready.tcp_socket.port == 9090
    assert ready.http_get is None
    assert startup
    assert startup.grpc
    assert (startup.grpc.port, startup.grpc.service) == (50051, "orders")


@pytest.mark.parametrize(
    ("path", "kind", "port"),
    [("/8080/live", "http_get", 8080), ("/tcp/6379", "tcp_socket", 6379), ("/grpc/50051", "grpc", 50051)],
)
def test_probes_that_kuma_rewrote_are_in_their_paths(path: str, kind: str, port: int) -> None:
    main = {"name": "orders", "readinessProbe": rewritten(path, 9001)}
    own = msgspec.convert({"spec": {"containers": [main, {"name": "kuma-sidecar"}]}}, Pod).spec.containers[0]
    action = getattr(own.readiness_probe, kind)
    assert action.port == port


@pytest.mark.parametrize("value", ["", "{", "[]", '{"/app-health/orders/livez": 1}'])
def test_a_proxy_without_readable_probes_leaves_them(value: str) -> None:
    proxy = {"name": "istio-proxy", "env": [{"name": "ISTIO_KUBE_APP_PROBERS", "value": value}]}
    own = msgspec.convert({"spec": {"containers": [ORDERS, proxy]}}, Pod).spec.containers[0]
    assert own.liveness_probe
    assert own.liveness_probe.http_get
    assert own.liveness_probe.http_get.port == 15020


def test_a_pod_without_a_proxy_keeps_its_probes_whatever_they_resemble() -> None:
    main = {"name": "orders", "readinessProbe": rewritten("/8080/live", 9001)}
    own = msgspec.convert({"spec": {"containers": [main]}}, Pod).spec.containers[0]
    assert own.readiness_probe
    assert own.readiness_probe.http_get
    assert own.readiness_probe.http_get.port == 9001


@pytest.mark.parametrize(
    ("annotations", "expected"), [({}, "orders"), ({"kubectl.kubernetes.io/default-container": "other"}, "other")]
)
def test_a_proxy_that_is_listed_first_is_not_the_pods_program(annotations: dict[str, str], expected: str) -> None:
    containers = [PROXY, {"name": "orders"}, {"name": "other"}]
    own = msgspec.convert({"metadata": {"annotations": annotations}, "spec": {"containers": containers}}, Pod)
    assert own.main_container.name == expected
