"""What a pod template says of the program's health endpoint and metrics."""

from diagnose.resources import Container, PodTemplate, Probe
from diagnose.target.facts import Fact, FactState, none, unknown
from diagnose.target.naming import tokens

PROMETHEUS = "prometheus.io/"
_METRICS = frozenset({"METRICS", "PROM", "PROMETHEUS"})


def health(container: Container) -> dict[str, Fact]:
    """Returns the facts of the probes by their kind: what the kubelet does, the port, the path."""
    probes = {
        "liveness": container.liveness_probe,
        "readiness": container.readiness_probe,
        "startup": container.startup_probe,
    }
    return {kind: _probe(container, kind, probe) for kind, probe in probes.items()}


def _probe(container: Container, kind: str, probe: Probe | None) -> Fact:
    if probe is None:
        return none(f"container {container.name} has no {kind} probe")
    source = f"{kind} probe of container {container.name}"
    return Fact(state=FactState.VALUE, value=_text(container, probe), source=source)


def _text(container: Container, probe: Probe) -> str:
    if probe.http_get:
        return (
            f"{probe.http_get.scheme or 'HTTP'} port {_port(container, probe.http_get.port)} path {probe.http_get.path}"
        )
    if probe.tcp_socket:
        return f"TCP port {_port(container, probe.tcp_socket.port)}"
    if probe.grpc:
        return f"gRPC port {probe.grpc.port}" + (f" service {probe.grpc.service}" if probe.grpc.service else "")
    return f"command {' '.join(probe.exec_.command)}" if probe.exec_ else "of an unknown kind"


def _port(container: Container, port: int | str) -> str:
    named = next((each.container_port for each in container.ports if each.name == port), None)
    return f"{named} ({port})" if named else str(port)


def metrics(template: PodTemplate, container: Container) -> dict[str, Fact]:
    """Returns the facts of the metrics endpoint, by the annotations of Prometheus, else by the name of a port."""
    annotations = template.metadata.annotations
    if annotations.get(f"{PROMETHEUS}scrape", "").lower() == "true":
        port = annotations.get(f"{PROMETHEUS}port", "") or next(
            (str(each.container_port) for each in container.ports), ""
        )
        path = annotations.get(f"{PROMETHEUS}path", "") or "/metrics"
        source = f"annotation {PROMETHEUS}"
        return {
            "port": Fact(state=FactState.VALUE, value=port, source=f"{source}port")
            if port
            else unknown("no port is named"),
            "path": Fact(state=FactState.VALUE, value=path, source=f"{source}path"),
        }
    named = next((each for each in container.ports if _METRICS.intersection(tokens(each.name))), None)
    if named is None:
        return dict.fromkeys(("port", "path"), none("neither an annotation nor the name of a port says so"))
    source = f"port {named.name} of container {container.name}"
    return {
        "port": Fact(state=FactState.VALUE, value=str(named.container_port), source=source),
        "path": unknown("no annotation names it"),
    }
