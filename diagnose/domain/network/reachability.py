"""Whether the worker can reach a host and port: by an attempt inside a pod, else by its Service and endpoints.

A missing Service or endpoint needs no attempt; ready endpoints prove nothing about the network in between.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Context, Missing, SurveyResult
from diagnose.commands import kubectl
from diagnose.domain.network.hostnames import is_local
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.exec_survey.survey import Connection, ConnectionState, ServerProtocol
from diagnose.queries.query import AnswerState, NoAnswerError, PodPort
from diagnose.resources import EndpointPort, EndpointSlice, Service, ServicePort
from diagnose.target.service_names import parse, service_of

# No chain of ExternalNames that works is as long.
_LONGEST_CHAIN = 8


class Reachability(StrEnum):
    """Whether a host and port are reachable, and why not."""

    CONNECTED = "connected"
    REFUSED = "refused"
    NO_ENDPOINTS = "no-endpoints"
    NO_SUCH_PORT = "no-such-port"
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    NO_SUCH_NAME = "no-such-name"
    NAME_UNRESOLVED = "name-unresolved"
    ENDPOINTS_READY = "endpoints-ready"
    UNKNOWN = "unknown"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The route to a host and port.

    Attributes:
        service: "namespace/name" of the Service of the host name, "" for a host outside the cluster.
        through: a backend of the Service with its port, for a port-forward.
        target_port: the target port of the Service, by number or name; 0 where it is unknown.
        backends: the number of endpoints, ready or not.
        pods: the names of the pods among the ready ones.
        alias: what the Service is only another name of, by its ExternalName.
        is_unlisted: whether a headless Service does not list the port, which may be open all the same.
        local_nodes: of a Service with internalTrafficPolicy Local, the nodes with a ready endpoint; None of another.
        speaks: the protocol of the server, where it was tested.
        detail: why it is unknown, or further results of the attempt.
        inaccessible: why the Service is not accessible, although an attempt may have succeeded; "" where it is.
        missing: the problems of the check because of which it is unknown.
    """

    state: Reachability
    service: str = ""
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    through: PodPort | None = None
    target_port: int | str = 0
    backends: int = 0
    pods: tuple[str, ...] = ()
    alias: str = ""
    is_unlisted: bool = False
    local_nodes: frozenset[str] | None = None
    speaks: ServerProtocol = ServerProtocol.UNKNOWN
    evidence: tuple[Evidence, ...] = ()
    detail: str = ""
    inaccessible: str = ""
    missing: tuple[str, ...] = ()


def route_to(ctx: Context, host: str, port: int) -> Route:
    """Whether a host and port are reachable, and why not; what is not accessible for that is a problem."""
    known = len(ctx.problems)
    by_api = route_by_services(ctx, host, port)
    if by_api.state is Reachability.NO_SUCH_NAME:
        return by_api
    missing = tuple(ctx.problems[known:])
    surveys = ctx.attempt(ctx.surveys)
    found = with_attempts(ctx, by_api, surveys or (), host, port)
    if found is not by_api:
        ctx.cover(missing, f"tried from {found.evidence[0].source}")
        return found
    by_api = replace(by_api, missing=tuple(ctx.problems[known:]))
    if isinstance(surveys, Missing) and by_api.state in {Reachability.UNKNOWN, Reachability.ENDPOINTS_READY}:
        # Ready endpoints prove nothing about the network in between, so without an attempt it is unknown.
        detail = "; ".join(dict.fromkeys(part for part in (by_api.detail, surveys.reason) if part))
        return replace(by_api, state=Reachability.UNKNOWN, detail=detail)
    if by_api.state in {Reachability.NO_ENDPOINTS, Reachability.NO_SUCH_PORT}:
        ctx.cover(by_api.missing, f"Service {by_api.service} shows it")
    return by_api


def with_attempts(ctx: Context, by_api: Route, surveys: tuple[SurveyResult, ...], host: str, port: int) -> Route:
    """Returns the route as the pods' attempts show it; the same where none tried."""
    exists = bool(by_api.service) and by_api.state not in {Reachability.UNKNOWN, Reachability.NO_SUCH_NAME}
    tried = _from_pods(surveys, host, port, exists=exists)
    if tried is None:
        return by_api
    state, found, evidence = tried
    # A node may refuse, reject or drop packets to a Service without backends.
    failed = {Reachability.REFUSED, Reachability.UNREACHABLE, Reachability.TIMED_OUT}
    if by_api.state in {Reachability.NO_ENDPOINTS, Reachability.NO_SUCH_PORT} and state in failed:
        state = by_api.state
    if by_api.is_unlisted and state is Reachability.REFUSED:
        state = Reachability.NO_SUCH_PORT
    # Without an address even the lookup may have timed out.
    unresolved = {Reachability.TIMED_OUT, Reachability.NAME_UNRESOLVED}
    if by_api.state is Reachability.NO_SUCH_NAME and state in unresolved and not found.address:
        state = by_api.state
    for each in evidence:
        ctx.record_evidence(each.source, each.text, each.vantage, each.command)
    evidence = (*evidence, *by_api.evidence)
    return replace(by_api, state=state, speaks=found.speaks, evidence=evidence, detail=found.detail)


_STATES = {
    ConnectionState.CONNECTED: Reachability.CONNECTED,
    ConnectionState.REFUSED: Reachability.REFUSED,
    ConnectionState.TIMED_OUT: Reachability.TIMED_OUT,
    ConnectionState.UNREACHABLE: Reachability.UNREACHABLE,
    ConnectionState.NO_SUCH_NAME: Reachability.NO_SUCH_NAME,
    ConnectionState.NAME_UNRESOLVED: Reachability.NAME_UNRESOLVED,
}


def _from_pods(
    surveys: tuple[SurveyResult, ...], host: str, port: int, *, exists: bool
) -> tuple[Reachability, Connection, tuple[Evidence, ...]] | None:
    """Returns the result of the first pod that has one, in the order of the surveys.

    A lookup without an answer counts only where no other pod got further; so does "no such name" of a Service that
    exists, which a resolver may answer when its upstream queries time out.
    """
    # The results of node are more exact than those of a sidecar's shell.
    ordered = sorted(surveys, key=lambda survey: survey.answer.tool != "node")
    answers = [(each, tried) for each in ordered if (tried := each.answer.connection(host, port)) is not None]
    if not answers:
        return None
    failed = {ConnectionState.NAME_UNRESOLVED, *((ConnectionState.NO_SUCH_NAME,) if exists else ())}
    further = (answer for answer in answers if answer[1].state not in failed)
    each, tried = next(further, answers[0])
    where = f" ({tried.address})" if tried.address and tried.address != host else ""
    evidence = Evidence(
        source=f"pod {each.pod.name}, {each.container}",
        text=f"{host}:{port}{where}: {tried.state.value}{f', {tried.detail}' if tried.detail else ''}",
        vantage=Vantage.POD,
        command=kubectl.connect_from(
            each.pod.name, host, port, namespace=each.pod.metadata.namespace, container=each.container
        ),
    )
    return _STATES[tried.state], tried, (evidence,)


def route_by_services(ctx: Context, host: str, port: int, service: tuple[str, str] | None = None) -> Route:
    """Returns the route by Services and endpoints, without an attempt.

    The Service, by namespace and name, is that of the host's name unless it is given.
    """
    named = service or service_of(host, ctx.target)
    if named is None and is_local(host):
        return Route(state=Reachability.UNKNOWN, detail=f"{host} is the pod itself, and no pod could try it")
    if named is None:
        return Route(state=Reachability.UNKNOWN, detail=f"{host} is outside the cluster, and no pod could try it")
    return _from_service(ctx, *named, port)


def _from_service(ctx: Context, namespace: str, name: str, port: int, chain: int = 0) -> Route:
    listed = ctx.attempt(lambda: ctx.list(Service, namespace))
    if isinstance(listed, Missing):
        return _unknown(f"{namespace}/{name}", listed)
    services = {each.name: each for each in listed}
    service = services.get(name)
    manifest = ctx.target.manifest
    if service is None and manifest and namespace == ctx.target.namespace and name in manifest.services:
        detail = f"Service {namespace}/{name} comes with the manifest, so nothing could be tried"
        return Route(state=Reachability.UNKNOWN, service=f"{namespace}/{name}", detail=detail)
    if service is None:
        similar = ", ".join(sorted(services)[:6])
        evidence = ctx.record_evidence(
            f"namespace {namespace}",
            f"no Service {name}" + (f"; there are {similar}" if similar else ", and none with a similar name"),
            command=kubectl.get("services", namespace=namespace),
        )
        return Route(state=Reachability.NO_SUCH_NAME, service=f"{namespace}/{name}", evidence=(evidence,))
    if service.spec.type == "ExternalName":
        return _from_external_name(ctx, service, port, chain + 1)
    slices = ctx.attempt(lambda: ctx.list(EndpointSlice, namespace))
    if isinstance(slices, Missing):
        return _unknown(f"{namespace}/{name}", slices)
    return _of_service(ctx, service, [each for each in slices if each.service == name], port)


def _unknown(service: str, missing: Missing) -> Route:
    return Route(state=Reachability.UNKNOWN, service=service, detail=missing.reason, inaccessible=missing.reason)


def _from_external_name(ctx: Context, service: Service, port: int, chain: int) -> Route:
    """Returns the route to what a Service is only another name of, which may be a Service, too."""
    other = external_service(service)
    if other and chain < _LONGEST_CHAIN:
        return replace(_from_service(ctx, *other, port, chain), alias=service.spec.external_name)
    address = f"{service.metadata.namespace}/{service.name}"
    where = "in a circle" if other else "outside the cluster"
    detail = f"{address} is an ExternalName for {service.spec.external_name}, {where}"
    return Route(state=Reachability.UNKNOWN, service=address, detail=detail, alias=service.spec.external_name)


def external_service(service: Service) -> tuple[str, str] | None:
    """Returns namespace and name of the Service that an ExternalName stands for, None where it is none."""
    found = parse(f"{service.spec.external_name.rstrip('.')}.", "") if service.spec.external_name else None
    return (found.namespace, found.name) if found and found.is_certain else None


def _of_service(ctx: Context, service: Service, slices: list[EndpointSlice], port: int) -> Route:
    namespace, name = service.metadata.namespace, service.name
    address = f"{namespace}/{name}"
    service_port = next((each for each in service.spec.ports if each.port == port), None)
    headless = service.spec.cluster_ip == "None"
    backends = [endpoint for each in slices for endpoint in each.endpoints or ()]
    # A named target port that the pods do not have is in no slice.
    leading = [
        each for each in slices if headless or any(_is_same_port(item, service_port) for item in each.ports or ())
    ]
    ready = [one for each in leading for one in each.endpoints or () if one.conditions.ready is not False]
    command = kubectl.endpoints(name, namespace=namespace)
    is_local = service.spec.internal_traffic_policy == "Local" and all(each.node_name for each in ready)
    unlisted: tuple[Evidence, ...] = ()
    if service_port is None and service.spec.ports:
        offered = ", ".join(str(each.port) for each in service.spec.ports)
        text = f"has no port {port}; it listens on {offered}"
        unlisted = (ctx.record_evidence(f"service {address}", text, command=command),)
    if unlisted and not headless:
        return Route(state=Reachability.NO_SUCH_PORT, service=address, evidence=unlisted, backends=len(backends))
    evidence = ctx.record_evidence(
        f"service {address}", f"{len(ready)} of {len(backends)} endpoints ready", command=command
    )
    return Route(
        state=Reachability.ENDPOINTS_READY if ready else Reachability.NO_ENDPOINTS,
        service=address,
        selector=service.spec.selector,
        through=_through(slices, service_port, port),
        target_port=service_port.target_port or port if service_port else 0,
        backends=len(backends),
        pods=tuple(each.target_ref.name for each in ready if each.target_ref and each.target_ref.kind == "Pod"),
        is_unlisted=bool(unlisted),
        local_nodes=frozenset(each.node_name for each in ready) if is_local else None,
        evidence=(evidence, *unlisted),
        detail="" if ready else "no endpoint is ready",
    )


def _is_same_port(found: EndpointPort, service_port: ServicePort | None) -> bool:
    return service_port is None or found.name == service_port.name


def _through(slices: list[EndpointSlice], service_port: ServicePort | None, port: int) -> PodPort | None:
    """Returns the first ready backend, else the first."""
    found: dict[bool, PodPort] = {}
    for each in slices:
        numbers = [item.port for item in each.ports or () if item.port and _is_same_port(item, service_port)]
        for endpoint in each.endpoints or ():
            if (pod := endpoint.target_ref) and pod.kind == "Pod":
                end = PodPort(namespace=each.metadata.namespace, pod=pod.name, port=numbers[0] if numbers else port)
                found.setdefault(endpoint.conditions.ready is not False, end)
    return found.get(True) or found.get(False)


def require_endpoint(ctx: Context, route: Route) -> None:
    """Requires an endpoint of the route's Service, to which a query needs no attempt from a pod.

    Raises:
        NoAnswerError: there is none, or endpoints may not be listed.
    """
    if route.service and route.through is None:
        raise NoAnswerError(route.inaccessible or f"Service {route.service} has no endpoint to query")
    ctx.cover(route.missing, "the server itself was queried")


def answers_operator(ctx: Context, route: Route, query: Callable[[], AnswerState]) -> bool:
    """Whether the server answers the operator, which is noted, as it proves nothing about the pods' own route."""
    answered = ctx.attempt(query) is AnswerState.YES
    if answered:
        ctx.cover(route.missing, "it answers the operator")
        where = "through a port-forward" if route.through else "from where diagnose runs"
        ctx.note(f"queried {where}, because no pod could try; that proves nothing about the pods' own route")
    return answered
