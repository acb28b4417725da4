"""Can the worker reach a host and port? The ladder: from inside its pods, else from what the API says of the Service.

Where it is known that no Service or no endpoint is there, nobody needs to try; where only a trial can tell, the
answer comes from inside a pod or is not given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from diagnose.check.api import Context, SurveyResult
from diagnose.commands import kubectl
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.exec_survey.survey import Connection, ConnectionState, ServerProtocol
from diagnose.queries.query import AnswerState, NoAnswerError, PodPort
from diagnose.resources import EndpointPort, EndpointSlice, Service, ServicePort

CLUSTER_SUFFIXES = (".svc.cluster.local", ".svc")


class Reach(StrEnum):
    """What is known of the way to a host and port."""

    CONNECTED = "connected"
    REFUSED = "refused"
    NO_ENDPOINTS = "no-endpoints"
    NO_SUCH_PORT = "no-such-port"
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    NO_SUCH_NAME = "no-such-name"
    NAME_UNRESOLVED = "name-unresolved"
    ENDPOINTS_READY = "endpoints-ready"
    UNKNOWN = "untold"


@dataclass(frozen=True, kw_only=True)
class Route:
    """The way to a host and port.

    Attributes:
        service: "namespace/name" of the Service that the host names, "" where it names none of the cluster.
        through: a pod behind the Service with its port, for a port-forward.
        leads_to: the port of its pods that the Service leads to, by number or name; 0 where that is not known.
        backends: how many endpoints are there at all, ready or not.
        speaks: what answered PostgreSQL's greeting, where that was asked.
        detail: why it is untold, or what else the trial showed.
        unseen: why the Service could not be looked at, though a trial may have shown the way; "" where it could.
    """

    state: Reach
    service: str = ""
    selector: dict[str, str] = field(default_factory=dict)
    through: PodPort | None = None
    leads_to: int | str = 0
    backends: int = 0
    speaks: ServerProtocol = ServerProtocol.UNKNOWN
    evidence: tuple[Evidence, ...] = ()
    detail: str = ""
    inaccessible: str = ""


def service_of(host: str, namespace: str) -> tuple[str, str] | None:
    """Namespace and name of the Service that a host name stands for, None for a name outside the cluster."""
    plain = host.rstrip(".")
    if plain == "localhost":
        return None
    inside = next((plain.removesuffix(suffix) for suffix in CLUSTER_SUFFIXES if plain.endswith(suffix)), None)
    if inside is None:
        if "." not in plain and not plain.isdigit():
            return (namespace, plain)
        return None
    parts = inside.split(".")
    # Of "pod.service.namespace" the last two are the Service.
    return (parts[-1], parts[-2]) if len(parts) >= 2 else (namespace, parts[0])


def route_to(ctx: Context, host: str, port: int) -> Route:
    """What is known of the way to a host and port."""
    known = _from_api(ctx, host, port)
    if known.state is Reach.NO_SUCH_NAME:
        return known
    try:
        tried = _from_pods(ctx.surveys(), host, port, exists=bool(known.service) and known.state is not Reach.UNKNOWN)
    except NoAnswerError as error:
        tried = None
        if known.state in {Reach.UNKNOWN, Reach.ENDPOINTS_READY}:
            # Ready endpoints say nothing of what stands between, so a look that was refused is no look.
            detail = "; ".join(dict.fromkeys(part for part in (known.detail, str(error)) if part))
            return replace(known, state=Reach.UNKNOWN, detail=detail)
    if tried is None:
        return known
    state, found, seen = tried
    # What is sent where nothing is behind a Service, a node may refuse, reject or drop.
    lost = {Reach.REFUSED, Reach.UNREACHABLE, Reach.TIMED_OUT}
    if known.state in {Reach.NO_ENDPOINTS, Reach.NO_SUCH_PORT} and state in lost:
        state = known.state
    for each in seen:
        ctx.record_evidence(each.source, each.text, each.vantage, each.command)
    return Route(
        state=state,
        service=known.service,
        selector=known.selector,
        through=known.through,
        leads_to=known.leads_to,
        backends=known.backends,
        speaks=found.speaks,
        evidence=(*seen, *known.evidence),
        detail=found.detail,
        inaccessible=known.inaccessible,
    )


_STATES = {
    ConnectionState.CONNECTED: Reach.CONNECTED,
    ConnectionState.REFUSED: Reach.REFUSED,
    ConnectionState.TIMED_OUT: Reach.TIMED_OUT,
    ConnectionState.UNREACHABLE: Reach.UNREACHABLE,
    ConnectionState.NO_SUCH_NAME: Reach.NO_SUCH_NAME,
    ConnectionState.NAME_UNRESOLVED: Reach.NAME_UNRESOLVED,
}


def _from_pods(
    surveys: tuple[SurveyResult, ...], host: str, port: int, *, exists: bool
) -> tuple[Reach, Connection, tuple[Evidence, ...]] | None:
    """The answer of the first pod that has one: those of the present template are asked first.

    A lookup that nobody answered counts only where no other pod got any further; so does "no such name" of a Service
    that exists, which a resolver says when its other questions time out.
    """
    # What node says is finer than what a sidecar's shell can tell.
    ordered = sorted(surveys, key=lambda survey: survey.answer.tool != "node")
    answers = [(each, tried) for each in ordered if (tried := each.answer.connection(host, port)) is not None]
    if not answers:
        return None
    lost = (
        {ConnectionState.NAME_UNRESOLVED, ConnectionState.NO_SUCH_NAME} if exists else {ConnectionState.NAME_UNRESOLVED}
    )
    further = (answer for answer in answers if answer[1].state not in lost)
    each, tried = next(further, answers[0])
    where = f" ({tried.address})" if tried.address and tried.address != host else ""
    seen = Evidence(
        source=f"pod {each.pod.name}, {each.container}",
        text=f"{host}:{port}{where}: {tried.state.value}{f', {tried.detail}' if tried.detail else ''}",
        vantage=Vantage.POD,
        command=kubectl.connect_from(
            each.pod.name, host, port, namespace=each.pod.metadata.namespace, container=each.container
        ),
    )
    return _STATES[tried.state], tried, (seen,)


def _from_api(ctx: Context, host: str, port: int) -> Route:
    """What Services and their endpoints say, without trying."""
    named = service_of(host, ctx.target.namespace)
    if named is None:
        return Route(state=Reach.UNKNOWN, detail=f"{host} is outside the cluster and no pod runs to try it from")
    namespace, name = named
    try:
        services = {each.name: each for each in ctx.list(Service, namespace)}
        slices = [each for each in ctx.list(EndpointSlice, namespace) if each.service == name]
    except NoAnswerError as error:
        return Route(state=Reach.UNKNOWN, service=f"{namespace}/{name}", detail=str(error), inaccessible=str(error))
    service = services.get(name)
    if service is None:
        near = ", ".join(sorted(services)[:6])
        seen = ctx.record_evidence(
            f"namespace {namespace}",
            f"no Service {name}" + (f"; there are {near}" if near else "; it has no Service or does not exist"),
            command=kubectl.get("services", namespace=namespace),
        )
        return Route(state=Reach.NO_SUCH_NAME, service=f"{namespace}/{name}", evidence=(seen,))
    return _of_service(ctx, service, slices, port)


def _of_service(ctx: Context, service: Service, slices: list[EndpointSlice], port: int) -> Route:
    namespace, name = service.metadata.namespace, service.name
    address = f"{namespace}/{name}"
    if service.spec.type == "ExternalName":
        return Route(
            state=Reach.UNKNOWN,
            service=address,
            detail=f"{address} leads to {service.spec.external_name}, outside the cluster",
        )
    own_port = next((each for each in service.spec.ports if each.port == port), None)
    headless = service.spec.cluster_ip == "None"
    backends = [endpoint for each in slices for endpoint in each.endpoints or ()]
    # A port that the Service gives by a name which its pods do not have is in no slice.
    leading = [each for each in slices if headless or any(_is_own(item, own_port) for item in each.ports or ())]
    ready = [one for each in leading for one in each.endpoints or () if one.conditions.ready is not False]
    command = kubectl.endpoints(name, namespace=namespace)
    if own_port is None and not headless and service.spec.ports:
        offered = ", ".join(str(each.port) for each in service.spec.ports)
        seen = ctx.record_evidence(f"service {address}", f"has no port {port}; it offers {offered}", command=command)
        return Route(state=Reach.NO_SUCH_PORT, service=address, evidence=(seen,), backends=len(backends))
    through = _through(slices, own_port, port, only_ready=True) or _through(slices, own_port, port, only_ready=False)
    state = Reach.ENDPOINTS_READY if ready else Reach.NO_ENDPOINTS
    seen = ctx.record_evidence(
        f"service {address}", f"{len(ready)} of {len(backends)} endpoints ready", command=command
    )
    return Route(
        state=state,
        service=address,
        selector=service.spec.selector,
        through=through,
        leads_to=own_port.target_port or port if own_port else 0,
        backends=len(backends),
        evidence=(seen,),
        detail="" if ready else "no endpoint is ready",
    )


def _is_own(found: EndpointPort, wanted: ServicePort | None) -> bool:
    return wanted is None or found.name == wanted.name


def _through(slices: list[EndpointSlice], wanted: ServicePort | None, port: int, *, only_ready: bool) -> PodPort | None:
    for each in slices:
        numbers = [item.port for item in each.ports or () if item.port and _is_own(item, wanted)]
        for endpoint in each.endpoints or ():
            if only_ready and endpoint.conditions.ready is False:
                continue
            if endpoint.target_ref and endpoint.target_ref.kind == "Pod":
                return PodPort(
                    namespace=each.metadata.namespace,
                    pod=endpoint.target_ref.name,
                    port=numbers[0] if numbers else port,
                )
    return None


def require_endpoint(route: Route) -> None:
    """See that there is something to ask behind a Service.

    Raises:
        NoAnswerError: there is not, or nobody may see whether.
    """
    if route.service and route.through is None:
        raise NoAnswerError(route.inaccessible or f"Service {route.service} has no endpoint to ask")


def answered_with_note(ctx: Context, route: Route, query: Callable[[], AnswerState]) -> bool:
    """Whether what runs there answers the operator, which is noted: it proves nothing of the pods' own route."""
    try:
        answered = query() is AnswerState.YES
    except NoAnswerError:
        return False
    if answered:
        where = "through a port-forward" if route.through else "from where diagnose runs"
        ctx.note(f"asked {where}, because no pod could try; that proves nothing of the pods' own way")
    return answered
