"""The paths to servers that pods fail to reach, by objects, logs, and the surveys of pods."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from itertools import chain, islice

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Context, NotApplicableError, SurveyResult
from diagnose.domain.dependencies import End, admin_end, named_ends, server_ends, vault_end
from diagnose.domain.kubernetes.pods import failing_pods
from diagnose.domain.network.dns import dns_service, lookups
from diagnose.domain.network.logged_failures import LoggedFailure, failures
from diagnose.domain.network.named_hosts import selects_target
from diagnose.domain.network.network_policies import DNS_PORT, blocking
from diagnose.domain.network.paths import Backend, Parting, Path, Trial, first_parting, search_domain
from diagnose.domain.network.reachability import Reachability, route_by_services
from diagnose.queries.exec_survey.survey import ConnectionState, Dial, ExecPaths, SurveyAnswer
from diagnose.resources import EndpointSlice, Pod, Service
from diagnose.resources.selectors import selects
from diagnose.text.addresses import is_address
from diagnose.text.sentences import listed

DNS_NAME = "the cluster's DNS"
CONTROLLER = "endpointslice-controller.k8s.io"
MOST_PATHS, MOST_BACKENDS, MOST_PODS, MOST_NODES, REPEATS = 4, 10, 4, 2, 3
JUST_NOW = timedelta(seconds=30)
# Nothing is behind the Service's address then, which other checks report.
_EMPTY = {Reachability.NO_ENDPOINTS, Reachability.NO_SUCH_PORT, Reachability.NO_SUCH_NAME}
_OTHERS = "Services, their endpoints and logs"


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A path on which something fails, with the recent lines of logs about that."""

    end: End
    path: Path
    lines: tuple[LoggedFailure, ...] = ()

    @property
    def is_dns(self) -> bool:
        """Whether it is the path to the cluster's DNS."""
        return self.end.name == DNS_NAME


class _Vantage(msgspec.Struct, frozen=True, kw_only=True):
    pod: Pod
    container: str
    is_own: bool = True
    has_node: bool = False


def gather(ctx: Context) -> tuple[tuple[Suspect, Parting], ...]:
    """Returns the paths of which a hop is at fault; pods are inspected again only for what objects do not prove.

    Raises:
        NotApplicableError: nothing shows whether connections succeed.
    """
    ends, surveys = ends_of(ctx), ctx.covered(ctx.surveys, by=_OTHERS) or ()
    suspects = tuple(islice(_suspects(ctx, ends, surveys), MOST_PATHS))
    if not suspects and not any(each.answer.connection(end.host, end.port) for each in surveys for end in ends):
        raise NotApplicableError("no pod tried a connection" if ends else "no server is known that pods connect to")
    undecided = [each for each in suspects if not _is_proven(each) and not _is_blocked(ctx, each)]
    tried = iter(_tried(ctx, undecided, surveys) if undecided else ())
    decided = [each for each in suspects if _is_proven(each) or each in undecided]
    latest = [next(tried) if each in undecided else each for each in decided]
    if silent := [each.path.service for each in latest if each.path.is_silent]:
        ctx.note(f"the endpoints of Service {listed(silent)} do not answer directly either")
    return tuple((each, parting) for each in latest if (parting := first_parting(each.path)))


def _is_proven(suspect: Suspect) -> bool:
    parting = first_parting(suspect.path)
    return parting is not None and parting.is_proven


def _is_blocked(ctx: Context, suspect: Suspect) -> bool:
    """Whether a NetworkPolicy explains the failure, which other checks report."""
    protocol = "UDP" if suspect.is_dns else "TCP"
    return bool(blocking(ctx, suspect.end.host, suspect.end.port, protocol))


def ends_of(ctx: Context) -> tuple[End, ...]:
    """Returns all servers of the target, each once; what shows whether they are reached is a matter of other checks."""
    vault = ctx.covered(lambda: vault_end(ctx), by=_OTHERS) or None
    others = ctx.covered(lambda: (*server_ends(ctx), admin_end(ctx)), by=_OTHERS) or ()
    every = (*filter(None, (vault, *others)), *named_ends(ctx, _OTHERS))
    return tuple({(each.host, each.port): each for each in reversed(every)}.values())[::-1]


def _suspects(ctx: Context, ends: tuple[End, ...], surveys: tuple[SurveyResult, ...]) -> Iterator[Suspect]:
    logged = tuple(each for each in failures(ctx) if _is_now(ctx, each))
    stuck = failing_pods(ctx)
    surveyed = {each.pod.name for each in surveys}
    # The container of a crashing program may end during the survey; another one of its pod stays.
    untried = [pod for pod in stuck if pod.name not in surveyed and _running_container(ctx, pod, own=False)]
    if dns := _dns_suspect(ctx, surveys):
        yield dns
    for end in ends:
        if end.route.state in _EMPTY or (end.route.service and selects_target(ctx, *_named(end.route.service))):
            continue
        path = _path(ctx, end)
        # That a name was not resolved is a matter of the path to DNS.
        lines = tuple(each for each in logged if each.lookup is None and each.mentions(end.host, *path.addresses))
        trials = (*_of_surveys(surveys, end), *_of_lines(ctx, surveys, lines))
        path = replace(path, trials=trials)
        strange = any(each.is_foreign for each in path.backends) or path.local_nodes or _is_elsewhere(path)
        if lines or untried or any(each.fails for each in trials) or (stuck and strange):
            yield Suspect(end=end, path=path, lines=lines)


def _is_now(ctx: Context, failure: LoggedFailure) -> bool:
    return failure.is_last or bool(failure.line.at and ctx.age(failure.line.at) <= JUST_NOW)


def _is_elsewhere(path: Path) -> bool:
    known = set(path.addresses)
    return any(known and each.resolved and known.isdisjoint(each.resolved) for each in path.trials)


def _named(service: str) -> tuple[str, str]:
    namespace, _, name = service.partition("/")
    return namespace, name


def _dns_suspect(ctx: Context, surveys: tuple[SurveyResult, ...]) -> Suspect | None:
    """Returns the path to the cluster's DNS where pods look up names in vain."""
    logged = {match.log.pod for match in ctx.detail(lambda: ctx.matches("network.dns-answers")) or ()}
    answered = ctx.covered(lambda: lookups(ctx), by=_OTHERS) or {}
    if not logged and all(answered.values()):
        return None
    servers = frozenset(server for each in surveys for server in each.answer.nameservers)
    service = ctx.detail(lambda: dns_service(ctx, servers))
    if not service or not service.ready:
        return None
    route = route_by_services(ctx, service.host, DNS_PORT, (service.namespace, service.name))
    end = End(name=DNS_NAME, host=service.host, port=DNS_PORT, route=route)
    path = _path(ctx, end)
    if servers and not servers & set(path.addresses):
        return None  # a cache on the node, or another server
    by_pod = {each.pod.name: each.container for each in surveys}
    trials = tuple(
        Trial(
            pod=pod.name,
            container=by_pod.get(pod.name, ""),
            node=pod.spec.node_name,
            by_name=ConnectionState.CONNECTED if answered.get(pod.name) else ConnectionState.TIMED_OUT,
        )
        for pod in ctx.target.pods
        if pod.name in answered or pod.name in logged
    )
    return Suspect(end=end, path=replace(path, trials=trials))


def _path(ctx: Context, end: End) -> Path:
    """Returns the path as objects declare it, without trials."""
    namespace, name = _named(end.route.service)
    listed = (ctx.detail(lambda: ctx.list(Service, namespace)) or ()) if name else ()
    service = next((each for each in listed if each.name == name and each.spec.type != "ExternalName"), None)
    if service is None:
        return Path(host=end.host, port=end.port)
    slices = ctx.detail(lambda: ctx.list(EndpointSlice, namespace)) or ()
    own = [each for each in slices if each.service == name and _is_of_family(each, service)]
    backends = tuple(islice(_backends(ctx, service, own, end.port), MOST_BACKENDS))
    every = (address for each in own for one in each.endpoints or () for address in one.addresses)
    return Path(
        host=end.host,
        port=end.port,
        service=end.route.service,
        addresses=tuple(every) if service.spec.cluster_ip == "None" else service.spec.addresses,
        own_address=service.spec.cluster_ip if service.spec.addresses else "",
        has_selector=bool(service.spec.selector),
        local_nodes=end.route.local_nodes if service.spec.addresses else None,
        backends=backends,
    )


def _is_of_family(ends: EndpointSlice, service: Service) -> bool:
    """Whether a slice is of the Service's first family of addresses, to which the pods need have no other route."""
    first = next((address for one in ends.endpoints or () for address in one.addresses), "")
    return not service.spec.addresses or (":" in first) is (":" in service.spec.cluster_ip)


def _backends(ctx: Context, service: Service, slices: list[EndpointSlice], port: int) -> Iterator[Backend]:
    """Yields the ready endpoints, those of the endpoints controller first."""
    port_name = next((each.name for each in service.spec.ports if each.port == port), None)
    selector, namespace = service.spec.selector, service.metadata.namespace
    foreign = {each.name for each in slices if selector and each.manager != CONTROLLER}
    pods = (ctx.detail(lambda: ctx.list(Pod, namespace)) or ()) if foreign else ()
    selected = [each.status.pod_ip for each in pods if selects(selector, each.metadata.labels)]
    known = {each for each in selected if each} if all(selected) and pods else None
    for each in sorted(slices, key=lambda one: one.name in foreign):
        number = next((one.port for one in each.ports or () if one.port and one.name == port_name), None)
        if not service.spec.addresses:
            number = port
        for endpoint in each.endpoints or ():
            if number is None or endpoint.conditions.ready is False:
                continue
            for address in endpoint.addresses[:1]:
                yield Backend(
                    address=address,
                    port=number,
                    slice_name=each.name,
                    manager=each.manager,
                    is_foreign=each.name in foreign,
                    pod=endpoint.target_ref.name if endpoint.target_ref else "",
                    node=endpoint.node_name,
                    has_pod=None if known is None else address in known,
                )


def _of_surveys(surveys: Iterable[SurveyResult], end: End) -> Iterator[Trial]:
    for each in surveys:
        tried = each.answer.connection(end.host, end.port)
        if tried is not None:
            yield Trial(
                pod=each.pod.name,
                container=each.container,
                node=each.pod.spec.node_name,
                by_name=tried.state,
                resolved=(tried.address,) if tried.address and _uses_dns(each.pod, end.host) else (),
            )


def _uses_dns(pod: Pod, host: str) -> bool:
    return not is_address(host) and all(host not in alias.hostnames for alias in pod.spec.host_aliases)


def _of_lines(ctx: Context, surveys: tuple[SurveyResult, ...], lines: tuple[LoggedFailure, ...]) -> Iterator[Trial]:
    """Yields that a program's own connection failed, of pods that no survey inspected."""
    logged, surveyed = {each.log.pod for each in lines}, {each.pod.name for each in surveys}
    for pod in ctx.target.pods:
        if pod.name in logged - surveyed:
            container = ctx.target.worker_container(pod).name
            yield Trial(pod=pod.name, container=container, node=pod.spec.node_name, by_name=ConnectionState.UNREACHABLE)


def _tried(ctx: Context, suspects: list[Suspect], surveys: tuple[SurveyResult, ...]) -> Iterator[Suspect]:
    """Yields the paths with what second surveys found, as far as there are any."""
    vantages = _vantages(ctx, suspects, surveys)
    queries = [_query(ctx, each, suspects) for each in vantages]
    ctx.prepare(queries)
    answers = [ctx.covered(partial(ctx.query, each), by="objects and the first surveys") for each in queries]
    found = [(vantage, answer) for vantage, answer in zip(vantages, answers, strict=True) if answer]
    for each in suspects:
        trials = tuple(_trial(each, vantage, answer) for vantage, answer in found)
        again = {trial.pod for trial in trials}
        path = replace(each.path, trials=(*trials, *(one for one in each.path.trials if one.pod not in again)))
        yield replace(each, path=path if path.service else _with_own_addresses(each, path, found))


def _with_own_addresses(suspect: Suspect, path: Path, found: list[tuple[_Vantage, SurveyAnswer]]) -> Path:
    """Returns the path to a host outside the cluster with the addresses that its name has without a search domain."""
    own = suspect.end.host.rstrip(".")
    every = (one.addresses for _, answer in found for one in answer.lookups if one.name == own)
    return replace(path, addresses=tuple(dict.fromkeys(chain.from_iterable(every))))


def _query(ctx: Context, vantage: _Vantage, suspects: list[Suspect]) -> ExecPaths:
    dials: list[Dial] = []
    for path in (each.path for each in suspects):
        # An attempt may be late by chance.
        dials += [Dial(host=each.address, port=each.port) for each in path.backends for _ in range(2)]
        dials += [Dial(host=path.own_address, port=path.port)] * REPEATS if path.own_address else []
    for each in suspects:
        if not each.is_dns:
            dials.append(Dial(host=each.end.host, port=each.end.port))
        if not (each.is_dns or is_address(each.end.host)):
            dials.append(Dial(host=f"{each.end.host}.", port=each.end.port))
    names = tuple(each.end.host for each in suspects if _uses_dns(vantage.pod, each.end.host) and not each.is_dns)
    return ExecPaths(
        namespace=ctx.target.namespace,
        pod=vantage.pod.name,
        container=vantage.container,
        dials=tuple(dials),
        names=names,
        has_node=vantage.has_node,
    )


def _trial(suspect: Suspect, vantage: _Vantage, answer: SurveyAnswer) -> Trial:
    path, host = suspect.path, suspect.end.host
    tried = [each for each in answer.connections if each.state is not ConnectionState.NO_TOOL]
    by_name, absolute = answer.connection(host, path.port), answer.connection(f"{host}.", path.port)
    hit = next((each for each in answer.lookups if each.host == host and each.addresses), None)
    before = next((each.by_name for each in path.trials if each.pod == vantage.pod.name), None)
    address = (by_name.address,) if by_name and by_name.address and _uses_dns(vantage.pod, host) else ()
    return Trial(
        pod=vantage.pod.name,
        container=vantage.container,
        node=vantage.pod.spec.node_name,
        is_own=vantage.is_own,
        resolved=hit.addresses if hit else address,
        resolved_as=hit.name if hit else "",
        domain=search_domain(host, hit.name) if hit else "",
        by_name=by_name.state if by_name else before,
        absolute=absolute.state if absolute else None,
        service=tuple(
            each.state for each in tried if path.own_address and (each.host, each.port) == (path.own_address, path.port)
        ),
        direct={
            backend.address: ConnectionState.CONNECTED if ConnectionState.CONNECTED in states else states[0]
            for backend in path.backends
            if (states := [one.state for one in tried if (one.host, one.port) == (backend.address, backend.port)])
        },
    )


def _vantages(ctx: Context, suspects: list[Suspect], surveys: tuple[SurveyResult, ...]) -> list[_Vantage]:
    """Returns where to try the paths from: failing and other pods of each node, and a pod of another node."""
    failing = {each.pod for suspect in suspects for each in suspect.path.trials if each.fails}
    surveyed = {each.pod.name: each.container for each in surveys}
    with_node = {(each.pod.name, each.container) for each in surveys if each.answer.tool == "node"}
    own: dict[tuple[bool, str], _Vantage] = {}
    for pod in sorted(ctx.target.pods, key=lambda each: (each.name not in failing, each.ready, each.name)):
        if container := (pod.ready and surveyed.get(pod.name)) or _running_container(ctx, pod):
            group = pod.name not in failing and pod.ready, pod.spec.node_name
            own.setdefault(group, _Vantage(pod=pod, container=container, has_node=(pod.name, container) in with_node))
    chosen = [own[each] for each in sorted(own)][:MOST_PODS]
    return chosen if len({each.pod.spec.node_name for each in chosen}) > 1 else [*chosen, *_witnesses(ctx, chosen)]


def _witnesses(ctx: Context, chosen: list[_Vantage]) -> Iterator[_Vantage]:
    """Yields ready pods of other workloads, one of each further node, which show what works there."""
    nodes = {each.pod.spec.node_name for each in chosen}
    names = {each.name for each in ctx.target.pods}
    for pod in ctx.detail(lambda: ctx.list(Pod, ctx.target.namespace)) or ():
        if pod.name not in names and pod.ready and pod.spec.node_name not in nodes and len(nodes) < MOST_NODES:
            nodes.add(pod.spec.node_name)
            yield _Vantage(pod=pod, container=pod.main_container.name, is_own=False)


def _running_container(ctx: Context, pod: Pod, *, own: bool = True) -> str:
    """Returns a container in which a program can be run, "" where none runs; the pod's own program's comes last."""
    program = ctx.target.worker_container(pod).name
    names = [each.name for each in reversed(pod.spec.all_containers) if each.name != program]
    statuses = (pod.container_status(each) for each in (*names, *((program,) if own else ())))
    running = (each.name for each in statuses if each and each.state.running)
    return "" if pod.metadata.deletion_timestamp else next(running, "")
