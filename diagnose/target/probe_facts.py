"""What a pod template says of the program's health endpoint and metrics."""

from diagnose.resources import Container, PodTemplate, Probe
from diagnose.target.facts import METRICS, Fact, FactState, none, unknown
from diagnose.target.naming import tokens

PROMETHEUS = "prometheus.io/"
SCRAPE = f"{PROMETHEUS}scrape"
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


def scrape(template: PodTemplate, container: Container) -> dict[str, Fact]:
    """Returns port and path that annotations let Prometheus scrape; nothing where they let it scrape nothing.

    A port that is no number counts for nothing, as in the usual configuration of Prometheus.
    """
    annotations = template.metadata.annotations
    if annotations.get(SCRAPE, "").lower() != "true":
        return {}
    port, path = annotations.get(f"{PROMETHEUS}port", ""), annotations.get(f"{PROMETHEUS}path", "")
    declared = next(iter(container.ports), None)
    found = unknown("no port is named")
    if port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536:
        found = Fact(state=FactState.VALUE, value=port, source=f"annotation {PROMETHEUS}port")
    elif declared:
        source = f"the first port of container {container.name}"
        found = Fact(state=FactState.VALUE, value=str(declared.container_port), source=source)
    source = f"annotation {PROMETHEUS}path" if path else "the usual path"
    return {"port": found, "path": Fact(state=FactState.VALUE, value=path or "/metrics", source=source)}


def metrics(template: PodTemplate, container: Container) -> dict[str, Fact]:
    """Returns the facts of the metrics endpoint, by the annotations of Prometheus, else by the name of a port."""
    if scraped := scrape(template, container):
        return scraped
    named = next((each for each in container.ports if _METRICS.intersection(tokens(each.name))), None)
    if named is None:
        return dict.fromkeys(METRICS, none("neither an annotation nor the name of a port says so"))
    source = f"port {named.name} of container {container.name}"
    return {
        "port": Fact(state=FactState.VALUE, value=str(named.container_port), source=source),
        "path": unknown("no annotation names it"),
    }
