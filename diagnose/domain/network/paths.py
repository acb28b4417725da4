"""The hops of the path from a pod to a server: a name, a Service, its endpoints; and the first at which they part.

A path is what objects declare, and what pods found: which address the name has there, whether the Service's address
answers, whether each endpoint does. Where two of these contradict each other, the hop between them is at fault.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from itertools import chain

import msgspec

from diagnose.queries.exec_survey.survey import ConnectionState

FAILED = frozenset({ConnectionState.REFUSED, ConnectionState.TIMED_OUT, ConnectionState.UNREACHABLE})
"""How a connection ends whose name has an address."""


class Hop(StrEnum):
    """Where a path parts from what it should be."""

    NAME = "name"
    TRAFFIC_POLICY = "traffic policy"
    ENDPOINTS = "endpoints"
    NODE_PROXY = "node proxy"
    NODE_PATH = "path between nodes"
    BACKEND = "backend"


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """A ready endpoint of a Service.

    Attributes:
        slice_name, manager: its EndpointSlice, and what manages that by its label.
        is_foreign: whether the slice is not that of the endpoints controller, although the Service has a selector.
        pod, node: as the endpoint names them, "" for none.
        has_pod: whether a pod that the Service selects has the address; None where that is unknown.
    """

    address: str
    port: int
    slice_name: str
    manager: str = ""
    is_foreign: bool = False
    pod: str = ""
    node: str = ""
    has_pod: bool | None = None


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What one pod found on the path.

    Attributes:
        is_own: whether it is a pod of the target; of others only what answers counts.
        resolved: the addresses of the host's name there, none where they are unknown.
        resolved_as, domain: the whole name that has these addresses, and the search domain that completes it; "" where
            they are unknown, or there is none.
        by_name, absolute: the connection to the host, and to its name without any search domain.
        service: several connections to the Service's address.
        direct: the connection to each endpoint, by address.
    """

    pod: str
    container: str
    node: str
    is_own: bool = True
    resolved: tuple[str, ...] = ()
    resolved_as: str = ""
    domain: str = ""
    by_name: ConnectionState | None = None
    absolute: ConnectionState | None = None
    service: tuple[ConnectionState, ...] = ()
    direct: Mapping[str, ConnectionState] = msgspec.field(default_factory=dict)

    @property
    def fails(self) -> bool:
        """Whether a connection of the pod failed, as its program makes it or to the Service."""
        return self.by_name in FAILED or any(each in FAILED for each in self.service)

    @property
    def connects(self) -> bool:
        """Whether all connections that the pod made to the Service, by name or address, succeeded."""
        tried = (*((self.by_name,) if self.by_name else ()), *self.service)
        return bool(tried) and all(each is ConnectionState.CONNECTED for each in tried)

    @property
    def reaches_all(self) -> bool:
        """Whether all endpoints that it tried answer it."""
        return bool(self.direct) and all(each is ConnectionState.CONNECTED for each in self.direct.values())


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """The path to a host and port.

    Attributes:
        service: "namespace/name" of the Service, "" for a host outside the cluster.
        addresses: those that the name should have: the Service's, or of a headless one its endpoints'; none if unknown.
        own_address: the Service's first address, "" for a headless one.
        has_selector: whether it selects pods; else its endpoints are written by hand or by a program.
        local_nodes: of a Service that serves its own node only, the nodes with a ready endpoint; None of another.
    """

    host: str
    port: int
    service: str = ""
    addresses: tuple[str, ...] = ()
    own_address: str = ""
    has_selector: bool = True
    local_nodes: frozenset[str] | None = None
    backends: tuple[Backend, ...] = ()
    trials: tuple[Trial, ...] = ()

    @property
    def own_trials(self) -> tuple[Trial, ...]:
        """What pods of the target found."""
        return tuple(each for each in self.trials if each.is_own)

    @property
    def is_silent(self) -> bool:
        """Whether no endpoint answers any pod that tried, so that the server itself may be at fault."""
        results = [state for each in self.trials for state in each.direct.values()]
        return bool(results) and all(each in FAILED for each in results)


class Parting(msgspec.Struct, frozen=True, kw_only=True):
    """The first hop that is at fault.

    Attributes:
        is_proven: whether both halves of the contradiction were seen.
        failing, working: the trials that differ.
        backends: the endpoints at fault.
    """

    hop: Hop
    is_proven: bool
    failing: tuple[Trial, ...] = ()
    working: tuple[Trial, ...] = ()
    backends: tuple[Backend, ...] = ()

    def explains(self, other: "Parting") -> bool:
        """Whether the same fault of a node, or of a search domain, causes another parting, too."""
        of_nodes = self.hop in {Hop.NODE_PROXY, Hop.NODE_PATH}
        domains = {each.domain for each in (*self.failing, *other.failing)}
        of_domain = self.hop is Hop.NAME and len(domains) == 1 and "" not in domains
        return self.hop is other.hop and (of_domain or (of_nodes and nodes_of(self.failing) == nodes_of(other.failing)))


def first_parting(path: Path) -> Parting | None:
    """Returns the first hop that is at fault, None where none is, or the server itself may be."""
    hops: tuple[Callable[[Path], Parting | None], ...] = (
        _by_name,
        _by_traffic_policy,
        _by_endpoints,
        _by_node_proxy,
        _by_node_route,
        _by_backend,
    )
    return next(filter(None, (hop(path) for hop in hops)), None)


def _by_name(path: Path) -> Parting | None:
    """Returns that the name has another address in some pods, where connections to it fail.

    Of a host outside the cluster a search domain has to be the reason: such a name may have other addresses each time.
    """
    known = set(path.addresses)
    failing = [
        each
        for each in path.own_trials
        if known and each.resolved and known.isdisjoint(each.resolved) and each.fails and (path.service or each.domain)
    ]
    if not failing:
        return None
    reached = chain.from_iterable((*one.service, *one.direct.values(), one.absolute) for one in failing)
    return Parting(
        hop=Hop.NAME,
        is_proven=any(each is ConnectionState.CONNECTED for each in reached),
        failing=tuple(failing),
        working=tuple(each for each in path.own_trials if known & set(each.resolved) and each.connects),
    )


def _by_traffic_policy(path: Path) -> Parting | None:
    """Returns that pods fail on nodes without an endpoint of a Service that serves its own node only."""
    if not path.local_nodes:
        return None
    failing = tuple(each for each in path.own_trials if each.fails and each.node and each.node not in path.local_nodes)
    local = [each for each in path.trials if each.node in path.local_nodes]
    if not failing or any(each.fails and each.is_own for each in local):
        return None
    working = tuple(each for each in local if each.connects)
    proven = bool(working) or any(each.reaches_all for each in failing)
    return Parting(hop=Hop.TRAFFIC_POLICY, is_proven=proven, failing=failing, working=working)


def _by_endpoints(path: Path) -> Parting | None:
    """Returns the endpoints of another owner that no selected pod has and that do not answer."""
    foreign = [each for each in path.backends if each.is_foreign and each.has_pod is False]
    tried = [each for each in foreign if _results(path.trials, each)]
    dead = [each for each in tried if _is_dead(path.trials, each)]
    if not foreign or (tried and not dead):
        return None
    others = [each for each in path.backends if each not in foreign and _answers(path.trials, each)]
    return Parting(
        hop=Hop.ENDPOINTS,
        is_proven=bool(dead and others),
        failing=tuple(each for each in path.own_trials if each.fails),
        backends=tuple(dead or foreign),
    )


def _by_node_proxy(path: Path) -> Parting | None:
    """Returns that the Service's address fails on nodes from which all its endpoints answer."""
    reaching = [each for each in path.own_trials if each.reaches_all and each.service and each.node]
    whole = tuple(each for each in reaching if all(state in FAILED for state in each.service))
    partly = tuple(each for each in reaching if any(state in FAILED for state in each.service))
    failing = whole or partly
    if not failing:
        return None
    nodes = {each.node for each in failing}
    working = tuple(each for each in path.trials if each.service and each.connects and each.node not in nodes)
    return Parting(hop=Hop.NODE_PROXY, is_proven=bool(whole and working), failing=failing, working=working)


def _by_node_route(path: Path) -> Parting | None:
    """Returns the endpoints that do not answer from one node, and do from another one."""
    for backend in path.backends:
        failing = tuple(each for each in path.own_trials if each.direct.get(backend.address) in FAILED)
        nodes = {each.node for each in failing}
        working = tuple(
            each
            for each in path.own_trials
            if each.direct.get(backend.address) is ConnectionState.CONNECTED and each.node not in nodes
        )
        if failing and working:
            lost = (each for each in path.backends if _is_dead(failing, each) and _answers(working, each))
            return Parting(hop=Hop.NODE_PATH, is_proven=False, failing=failing, working=working, backends=tuple(lost))
    return None


def _by_backend(path: Path) -> Parting | None:
    """Returns the endpoints that do not answer any pod while others do, or those that were written by hand."""
    dead = tuple(each for each in path.backends if _is_dead(path.trials, each))
    others = any(_answers(path.trials, each) for each in path.backends)
    if not dead or not (others or not path.has_selector):
        return None
    failing = tuple(each for each in path.own_trials if each.fails)
    return Parting(hop=Hop.BACKEND, is_proven=others, failing=failing, backends=dead)


def _results(trials: Iterable[Trial], backend: Backend) -> list[ConnectionState]:
    return [each.direct[backend.address] for each in trials if backend.address in each.direct]


def _is_dead(trials: Iterable[Trial], backend: Backend) -> bool:
    results = _results(trials, backend)
    return bool(results) and all(each in FAILED for each in results)


def _answers(trials: Iterable[Trial], backend: Backend) -> bool:
    return ConnectionState.CONNECTED in _results(trials, backend)


def nodes_of(trials: Iterable[Trial]) -> tuple[str, ...]:
    """Returns the nodes of trials, each once, in order."""
    return tuple(sorted({each.node for each in trials if each.node}))


def search_domain(host: str, name: str) -> str:
    """Returns the search domain by which a host became a name, "" where it is the host's own name."""
    domain = name.removeprefix(f"{host.rstrip('.')}.")
    return domain if domain != name else ""


def addresses_of(trials: Iterable[Trial]) -> tuple[str, ...]:
    """Returns the addresses that a name has by trials, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(each.resolved for each in trials)))
