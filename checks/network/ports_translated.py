"""Has a Service the port that its clients call, for their protocol, and does it translate it?

A Service with its own address sends a port to the pods' targetPort, for one protocol. A headless Service is only a name
for the pods' addresses: its targetPort means nothing, and a client that calls its port is refused.
"""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError, SurveyResult, grouped
from diagnose.check.reads import CONFIG_MAPS, EXEC, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import failing_pods
from diagnose.domain.kubernetes.settings import replace_in_map, replace_in_variable
from diagnose.domain.network.logged_failures import evidence_of, failures
from diagnose.domain.network.named_hosts import hosts_of, services_of
from diagnose.model.report import Evidence, Finding, Step, Vantage
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.resources import EndpointSlice, Service, ServicePort
from diagnose.target.service_names import service_of

PROTOCOL = Code(
    id="network.service-protocol-mismatch",
    meaning="A Service has the port that its clients call for another protocol alone, such as UDP, so connections time "
    "out or are refused.",
    fix="Correct the protocol of the Service's port.",
)
HEADLESS = Code(
    id="network.headless-port",
    meaning="A headless Service is called at a port that its pods do not listen on: it leads to their addresses, and "
    "translates no port.",
    fix="Call the pods' own port, or give the Service an address.",
)
PAIR = Contradiction(
    fact="the Service lists the port",
    opposed="connections to it fail",
    proves="the port that it lists is for another protocol, or is not translated",
    otherwise=("The connections may fail for another reason: connect to the Service from a pod.",),
)
FAILED = {ConnectionState.REFUSED, ConnectionState.TIMED_OUT, ConnectionState.UNREACHABLE}
SERVERS = (Scope.OWN, Scope.OTHER_SERVICES, Scope.TEMPORAL, Scope.DATABASE, Scope.VAULT, Scope.INJECTOR)


class _Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A Service to which connections fail, with the port that is called."""

    host: str
    port: int
    service: Service
    evidence: tuple[Evidence, ...]
    pod: str
    refused: bool

    @property
    def namespace(self) -> str:
        return self.service.metadata.namespace


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the Services whose port is for another protocol, or is not that of the pods."""
    failed = tuple(_failed(ctx))
    if not failed:
        raise NotApplicableError("no connection to a Service fails")
    for hits in grouped(((each.namespace, each.service.name, each.port), each) for each in failed).values():
        same = [each for each in hits[0].service.spec.ports if each.port == hits[0].port]
        if same and all(each.protocol != "TCP" for each in same):
            yield _of_protocol(ctx, hits, same[0])
        elif _is_refused_headless(hits[0]) and same and (number := _listens(ctx, hits[0], same[0])):
            yield _of_headless(ctx, hits, number)


def _is_refused_headless(failed: _Failed) -> bool:
    return failed.service.spec.cluster_ip == "None" and failed.refused


def _failed(ctx: Context) -> Iterator[_Failed]:
    """Yields the connections to Services that fail and that the program needs, as its log or its state shows."""
    logged = failures(ctx)
    stuck = bool(failing_pods(ctx))
    tried = set()
    for each in ctx.covered(ctx.surveys, by="logs") or ():
        for one in each.answer.connections:
            tried.add((one.host, one.port))
            lines = tuple(line for line in logged if line.mentions(one.host))
            # What takes datagrams alone, such as a collector of metrics, fails no program by refusing a connection.
            if one.state in FAILED and (lines or stuck) and (found := _service(ctx, one.host)):
                seen = (_attempt(ctx, each, one), *evidence_of(ctx, lines))
                refused = one.state is ConnectionState.REFUSED
                yield _Failed(
                    host=one.host, port=one.port, service=found, evidence=seen, pod=each.pod.name, refused=refused
                )
    for failure in logged:
        for host, port, _ in failure.ends():
            if port and (host, port) not in tried and (found := _service(ctx, host)):
                seen, refused = evidence_of(ctx, (failure,)), "refused" in failure.line.text.lower()
                yield _Failed(host=host, port=port, service=found, evidence=seen, pod=failure.log.pod, refused=refused)


def _attempt(ctx: Context, surveyed: SurveyResult, tried: Connection) -> Evidence:
    pod, container = surveyed.pod, surveyed.container
    show = kubectl.connect_from(pod.name, tried.host, tried.port, namespace=pod.metadata.namespace, container=container)
    text = f"{tried.host}:{tried.port}: {tried.state.value}"
    return ctx.record_evidence(f"pod {pod.name}, {container}", text, Vantage.POD, show)


def _service(ctx: Context, host: str) -> Service | None:
    named = service_of(host, ctx.target)
    return next((each for each in services_of(ctx, named[0]) if each.name == named[1]), None) if named else None


def _listens(ctx: Context, failed: _Failed, port: ServicePort) -> int:
    """Returns the port of the pods, where it is another one than the one that is called; else 0."""
    target = port.target_port or port.port
    if isinstance(target, int):
        return target if target != failed.port else 0
    slices = ctx.detail(lambda: ctx.list(EndpointSlice, failed.namespace)) or ()
    own = (one for each in slices if each.service == failed.service.name for one in each.ports or ())
    number = next((one.port for one in own if one.name == port.name and one.port), 0)
    return number if number != failed.port else 0


def _described(ctx: Context, failed: _Failed) -> Evidence:
    spec = failed.service.spec
    ports = ", ".join(f"{each.port}/{each.protocol} to {each.target_port or each.port}" for each in spec.ports)
    address = "headless" if spec.cluster_ip == "None" else spec.cluster_ip
    show = kubectl.get("service", failed.service.name, namespace=failed.namespace, output="yaml")
    return ctx.record_evidence(f"service {failed.namespace}/{failed.service.name}", f"{address}; {ports}", command=show)


def _of_protocol(ctx: Context, hits: list[_Failed], port: ServicePort) -> Finding:
    first = hits[0]
    at = first.service.spec.ports.index(port)
    change = [{"op": "replace", "path": f"/spec/ports/{at}/protocol", "value": "TCP"}]
    name, where = first.service.name, f"service {first.namespace}/{first.service.name}"
    return PAIR.finding(
        PROTOCOL,
        f"Service {name} has port {first.port} for {port.protocol} alone, so connections of its clients by TCP fail.",
        Step(
            "Let the Service take TCP at this port.",
            kubectl.patch("service", name, change, namespace=first.namespace, how="json"),
            changes=where,
        ),
        Step("Read the Service's ports.", kubectl.get("service", name, namespace=first.namespace, output="yaml")),
        subjects=(f"service/{name}",),
        pods=_pods(ctx, hits),
        fact=(_described(ctx, first),),
        opposed=first.evidence,
    )


def _of_headless(ctx: Context, hits: list[_Failed], number: int) -> Finding:
    first = hits[0]
    name = first.service.name
    return PAIR.finding(
        HEADLESS,
        f"Service {name} is headless, so port {first.port} is not translated to {number}, where its pods listen: its "
        "clients are refused.",
        _fix(ctx, first, number),
        Step("Read the Service's ports.", kubectl.get("service", name, namespace=first.namespace, output="yaml")),
        subjects=(f"service/{name}",),
        pods=_pods(ctx, hits),
        fact=(_described(ctx, first),),
        opposed=first.evidence,
    )


def _pods(ctx: Context, hits: list[_Failed]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(each.pod for each in hits))
    return () if len(names) >= len(ctx.target.pods) else names


def _fix(ctx: Context, failed: _Failed, number: int) -> Step:
    """Returns the step that lets the caller call the pods' own port, where its setting is known."""
    by_hand = Step(f"Let the caller use port {number}.", ctx.owner.edit(), changes=ctx.deployment)
    host = next((each for each in hosts_of(ctx) if each.host == failed.host and each.port == failed.port), None)
    if host is None or host.container:
        return by_hand
    called, right = f"{host.host}:{host.port}", f"{host.host}:{number}"
    # A URL may have its usual port; the port of a host alone is a setting of its own.
    old = host.host if "://" in host.text and called not in host.text else called
    if host.config_map:
        step = replace_in_map(ctx, host.config_map, old, right)
        return replace(step, text=f"Let the caller use port {number}: {step.text[0].lower()}{step.text[1:]}")
    return replace_in_variable(ctx, host.variable, old, right) or by_hand


PORTS_TRANSLATED = Check(
    id="network.ports-translated",
    title="The Services that pods call have the port for TCP, and translate it",
    stage=stages.SERVICE_PORTS,
    run=run,
    codes=(PROTOCOL, HEADLESS),
    reads=(
        *WORKER_LOGS,
        *optional(EXEC, CONFIG_MAPS, *(lists(scope, Service, EndpointSlice) for scope in SERVERS)),
    ),
    contradiction=PAIR,
)
