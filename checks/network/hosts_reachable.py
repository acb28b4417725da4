"""Can the pods reach the hosts that their settings name? A program may run on without one, and only log it.

Each host is followed hop by hop: its name, the Service, the endpoints, the port; and a pod connects to it, which sends
nothing. Without a line in the log the program may not need it. What only the log names is judged by its Service.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Context, NotApplicableError, SurveyResult
from diagnose.check.reads import CONFIG_MAPS, WORKER_LOGS, named_host_check
from diagnose.check.rights import Necessity, Scope, lists, needed, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.settings import replace_in_map
from diagnose.domain.network.findings import (
    RIGHT_HOST,
    Dependency,
    codes_for,
    name_findings,
    port_findings,
    set_variable,
)
from diagnose.domain.network.logged_failures import LoggedFailure, evidence_of, failures
from diagnose.domain.network.named_hosts import (
    hosts_of,
    is_near,
    route_of,
    selects_target,
    service_of_host,
    services_of,
)
from diagnose.domain.network.network_policies import blocking
from diagnose.domain.network.reachability import Reachability, Route
from diagnose.model.report import Confidence, Finding, Severity, Step, Vantage
from diagnose.queries.exec_survey.survey import ConnectionState, ExecSurvey
from diagnose.resources import EndpointSlice, Namespace, Pod, Service
from diagnose.target.named_hosts import NamedHost
from diagnose.target.service_names import hosts_of as dependencies_of
from diagnose.target.service_names import service_of
from diagnose.text.addresses import is_address
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

CODES = codes_for("network", "a host that the program's settings or its log name")
CLOSED = {
    Reachability.NO_SUCH_NAME,
    Reachability.NAME_UNRESOLVED,
    Reachability.NO_ENDPOINTS,
    Reachability.NO_SUCH_PORT,
    Reachability.REFUSED,
    Reachability.TIMED_OUT,
    Reachability.UNREACHABLE,
}
# What a busy machine looks like, too.
UNPROVEN = {Reachability.TIMED_OUT, Reachability.NAME_UNRESOLVED}
BY_TEXT = {
    Reachability.REFUSED: lazy("refused", re.IGNORECASE),
    Reachability.NAME_UNRESOLVED: lazy("ENOTFOUND|EAI_AGAIN|no such host|resol|not known|misbehaving", re.IGNORECASE),
    Reachability.TIMED_OUT: lazy(r"timed? ?out|timeout|deadline|unreachable|no route", re.IGNORECASE),
}
# A host may be in the namespace of a dependency that other checks follow.
DEPENDENCIES = (Scope.TEMPORAL, Scope.DATABASE, Scope.VAULT, Scope.INJECTOR)
JUST_NOW = timedelta(seconds=30)
UNUSED = "The program may not need it now: its log does not mention a failure."
SEARCHED = "A search domain of the node may know that name; no pod could look it up."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings about hosts that settings name, and about those that only a log names."""
    named, logged = hosts_of(ctx), failures(ctx)
    by_log = tuple(_named_by_log(ctx, named, logged))
    if not named and not by_log:
        raise NotApplicableError("neither settings nor logs name a further host")
    # What Services and endpoints show is reported without an attempt, too.
    surveys = ctx.covered(ctx.surveys, by="Services and their endpoints") or ()
    for host in (*named, *by_log):
        lines = tuple(each for each in logged if each.mentions(host.host, *_addresses(ctx, host)))
        yield from _judge(ctx, host, surveys, lines)


def _judge(
    ctx: Context, host: NamedHost, surveys: tuple[SurveyResult, ...], lines: tuple[LoggedFailure, ...]
) -> Iterator[Finding]:
    service = service_of_host(ctx, host, surveys, is_logged=bool(lines))
    if _is_connected(ctx, surveys, host) or not (lines or is_near(host.host, ctx.target.namespace)):
        return
    if service and selects_target(ctx, *service):
        # Its own Service: another check reports it.
        return
    port, route = route_of(ctx, host, surveys, service)
    if route.state is Reachability.ENDPOINTS_READY and (by_log := _state_of(ctx, lines)):
        route = replace(route, state=by_log)
    if route.state is Reachability.UNKNOWN and (by_log := next(filter(None, (each.lookup for each in lines)), None)):
        route = replace(route, state=by_log)
    if route.state not in CLOSED or (route.state is Reachability.NO_SUCH_PORT and host.is_usual_port and not lines):
        return
    if route.state in UNPROVEN and not lines and not blocking(ctx, host.host, port):
        ctx.note(f"no pod connected to {host.host}:{port} in time; no log mentions a failure")
        return
    pods = _pods(ctx, host)
    dependency = Dependency(name=_name(host), host=host.host, port=port, set_by=_set_by(ctx, host), pods=pods)
    found = (*name_findings(ctx, CODES, dependency, route), *port_findings(ctx, CODES, dependency, route))
    found = tuple(_with_backend(ctx, each, route, port) for each in found)
    yield from (_weighed(ctx, each, host, route, surveys, lines) for each in found)


def _state_of(ctx: Context, lines: tuple[LoggedFailure, ...]) -> Reachability | None:
    """Returns how connections fail now by the log alone: as one of its last lines has it, or a very recent one."""
    now = (each for each in lines if each.is_last or (each.line.at and ctx.age(each.line.at) <= JUST_NOW))
    return next((state for each in now for state, text in BY_TEXT.items() if text.search(each.line.text)), None)


def _is_connected(ctx: Context, surveys: tuple[SurveyResult, ...], host: NamedHost) -> bool:
    """Whether a pod connected to the host, under whichever of its names."""
    service = service_of(host.host, ctx.target)
    return any(
        tried.state is ConnectionState.CONNECTED
        and tried.port == host.port
        and (tried.host == host.host or (service and service_of(tried.host, ctx.target) == service))
        for each in surveys
        for tried in each.answer.connections
    )


def _addresses(ctx: Context, host: NamedHost) -> tuple[str, ...]:
    """Returns the cluster IP of the Service of a host, which some programs log in place of the name."""
    if (service := service_of(host.host, ctx.target)) is None or service[0] != ctx.target.namespace:
        return ()
    found = (each.spec.cluster_ip for each in services_of(ctx, service[0]) if each.name == service[1])
    return tuple(each for each in found if each not in {"", "None"})


def _name(host: NamedHost) -> str:
    source = host.source.partition(" of container ")[0] or "its log"
    return f"{source} of init container {host.container}" if host.container else source


def _set_by(ctx: Context, host: NamedHost) -> Step:
    if host.config_map:
        return replace_in_map(ctx, host.config_map, host.host, RIGHT_HOST)
    if host.variable and host.text and not host.container:
        return set_variable(ctx, host.variable, host.text.replace(host.host, RIGHT_HOST, 1))
    if host.source:
        return Step("Correct it in the pod template.", ctx.owner.edit(), changes=ctx.deployment)
    return Step("Find the setting with this host.", ctx.owner.get(output="yaml"))


def _pods(ctx: Context, host: NamedHost) -> tuple[str, ...]:
    """Returns the pods whose init container uses the host; none where the program itself does."""
    return tuple(pod.name for pod in ctx.target.pods if host.container and _waits_for(pod, host.container))


def _waits_for(pod: Pod, container: str) -> bool:
    status = pod.container_status(container)
    ended = status.state.terminated if status else None
    return status is not None and not (ended and not ended.exit_code) and not pod.ready


def _with_backend(ctx: Context, found: Finding, route: Route, port: int) -> Finding:
    """Returns a finding about a refusal with the ports on which a backend of the same namespace really listens."""
    end = route.through
    is_explained = any(step.changes.startswith("service ") for step in found.remediation.steps)
    if route.state is not Reachability.REFUSED or end is None or end.namespace != ctx.target.namespace or is_explained:
        return found
    listed = ctx.detail(lambda: ctx.list(Pod, end.namespace)) or ()
    pod = next((each for each in listed if each.name == end.pod and each.spec.containers), None)
    if pod is None:
        return found
    query = ExecSurvey(namespace=end.namespace, pod=pod.name, container=pod.main_container.name)
    answer = ctx.detail(lambda: ctx.query(query))
    if not answer or answer.listening is None:
        return found
    reachable = sorted({each.port for each in answer.listening if not each.local})
    local = end.port not in reachable and any(each.port == end.port for each in answer.listening)
    where = "on 127.0.0.1 only" if local else f"on {', '.join(map(str, reachable[:4])) or 'no port'}, not on {end.port}"
    if end.port in reachable:
        return found
    seen = ctx.record_evidence(f"pod {pod.name}", f"listens {where}", Vantage.POD)
    steps = found.remediation.steps
    if len(reachable) == 1 and not local:
        change = {"spec": {"ports": [{"port": port, "targetPort": reachable[0]}]}}
        name = route.service.partition("/")[2]
        command = kubectl.patch("service", name, change, namespace=end.namespace)
        steps = (
            Step("Point the Service to the port that is open.", command, changes=f"service {route.service}"),
            *steps,
        )
    return replace(
        found,
        summary=truncate(f"{found.summary.rstrip('.')}: its backend listens {where}."),
        evidence=(*found.evidence, seen),
        remediation=replace(found.remediation, steps=steps),
    )


def _weighed(
    ctx: Context,
    found: Finding,
    host: NamedHost,
    route: Route,
    surveys: tuple[SurveyResult, ...],
    lines: tuple[LoggedFailure, ...],
) -> Finding:
    """Returns a finding as certain and severe as what shows that the program needs the host."""
    if lines:
        evidence = (*found.evidence, *evidence_of(ctx, lines))
        pods = tuple(dict.fromkeys(each.log.pod for each in lines))
        # What only a log names, and is elsewhere, may be a service that it can do without.
        optional = not (host.source or is_near(host.host, ctx.target.namespace))
        severity = Severity.WARNING if optional else found.severity
        pods = pods if len(pods) < len(ctx.target.pods) else ()
        return replace(found, severity=severity, evidence=evidence, pods=pods)
    if found.pods:
        return found
    tried = any(each.answer.connection(host.host, host.port) for each in surveys)
    searched = route.state is Reachability.NO_SUCH_NAME and "." not in host.host and not tried
    return replace(
        found,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        alternatives=(*found.alternatives, UNUSED, *((SEARCHED,) if searched else ())),
    )


def _named_by_log(ctx: Context, named: tuple[NamedHost, ...], logged: tuple[LoggedFailure, ...]) -> Iterator[NamedHost]:
    """Yields the Services, and the names that do not resolve, that only lines about failures name."""
    hosts = (*(each.host for each in named), *dependencies_of(ctx.target))
    known = {*hosts, *(service_of(each, ctx.target) for each in hosts)}
    by_address = {each.spec.cluster_ip: each.name for each in services_of(ctx, ctx.target.namespace)} if logged else {}
    found: dict[tuple[str, int], None] = {}
    for each in logged:
        for host, port, is_sure in each.ends():
            name = by_address.get(host, host)
            service = service_of_host(ctx, NamedHost(host=name, port=port), (), is_logged=True)
            exists = service and any(one.name == service[1] for one in services_of(ctx, service[0]))
            is_lookup = each.lookup is not None and not is_address(name)
            if known.isdisjoint({name, service}) and (is_lookup or (service and (exists or is_sure))):
                found[name, port] = None
    with_port = {host for host, port in found if port}
    for host, port in found:
        if port or host not in with_port:
            yield NamedHost(host=host, port=port)


HOSTS_REACHABLE = Check(
    id="network.hosts-reachable",
    title="The hosts that settings and logs name are reachable",
    stage=stages.HOSTS,
    run=run,
    codes=(CODES.host_not_found, CODES.name_unresolved, CODES.no_endpoints, CODES.refused, CODES.timed_out),
    reads=(
        *needed(Necessity.CONDITIONAL, WORKER_LOGS),
        *optional(
            named_host_check(Scope.OWN),
            named_host_check(Scope.OTHER_SERVICES),
            *(lists(scope, Service, EndpointSlice) for scope in DEPENDENCIES),
            CONFIG_MAPS,
            lists(Scope.CLUSTER, Namespace, Service),
        ),
    ),
)
