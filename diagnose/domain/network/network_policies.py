"""Which NetworkPolicies keep the worker's pods from a Service, worked out from what the policies say.

A policy counts in two places: where it limits what the worker's pods may connect to, and where it limits who may
connect to the pods behind the Service (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
What cannot be known here, such as the addresses behind a name outside the cluster, counts as allowed.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from diagnose.check.api import Context
from diagnose.domain.network.reachability import service_of
from diagnose.queries.query import NoAnswerError
from diagnose.resources import (
    EndpointSlice,
    IpBlock,
    Namespace,
    NetworkPolicy,
    Pod,
    PolicyPeer,
    PolicyPort,
    PolicyRule,
    Service,
)
from diagnose.resources.selectors import selects

DNS_HOST, DNS_PORT = "kube-dns.kube-system.svc", 53


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of a connection; of the other end's pod also the port by number and name.

    Attributes:
        namespace: "" for an end outside the cluster.
        labels: of the pod; None where it may not be looked at.
    """

    namespace: str = ""
    labels: dict[str, str] | None = None
    addresses: tuple[str, ...] = ()
    protocol: str = "TCP"
    port: int = 0
    port_names: tuple[str, ...] | None = ()


def blocking(ctx: Context, host: str, port: int, protocol: str = "TCP") -> tuple[str, ...]:
    """The policies, as "namespace/name", that keep the worker from a host and port; none where that cannot be seen."""
    try:
        return _blocking(ctx, _ends(ctx, host, port, protocol))
    except NoAnswerError:
        return ()


def between(ctx: Context, host: str, port: int, protocol: str = "TCP") -> tuple[str, ...]:
    """The same, where nobody else can tell whether the way is open.

    Raises:
        NoAnswerError: it cannot be seen, or not whom the policies of the other side select.
    """
    ends = _ends(ctx, host, port, protocol)
    for end in (each for each in ends if each.namespace and each.labels is None):
        if any("Ingress" in each.spec.policy_types for each in ctx.list(NetworkPolicy, end.namespace)):
            raise NoAnswerError(f"whether policies of namespace {end.namespace} are about {host} cannot be seen")
    return _blocking(ctx, ends)


def _blocking(ctx: Context, ends: list[End]) -> tuple[str, ...]:
    found = [_between(ctx, end) for end in ends]
    # One backend that may be reached is enough to say that policies are not the reason.
    return tuple(dict.fromkeys(name for names in found for name in names)) if all(found) else ()


def leaving(ctx: Context) -> list[NetworkPolicy]:
    """The policies that limit what the worker's pods connect to.

    Raises:
        NoAnswerError: policies may not be listed.
    """
    own = End(namespace=ctx.target.namespace, labels=ctx.target.template.metadata.labels)
    return _limiting(ctx, own, "Egress")


def opens_all(policy: NetworkPolicy) -> bool:
    """Whether a rule of a policy allows connections to every address on every port."""
    return any(
        not rule.ports and (not rule.peers_to or any(_is_anywhere(each) for each in rule.peers_to))
        for rule in policy.spec.egress
    )


def _is_anywhere(peer: PolicyPeer) -> bool:
    block = peer.ip_block
    return block is not None and block.cidr in {"0.0.0.0/0", "::/0"} and not block.excluded


def _between(ctx: Context, end: End) -> tuple[str, ...]:
    target = ctx.target
    own = End(namespace=target.namespace, labels=target.template.metadata.labels)
    leaving, entering = _limiting(ctx, own, "Egress"), _limiting(ctx, end, "Ingress")
    spaces = _labels_of_namespaces(ctx) if leaving or entering else {}
    blockers: list[NetworkPolicy] = []
    if not any(_allows(each, rule, rule.peers_to, end, end, spaces) for each in leaving for rule in each.spec.egress):
        blockers += leaving
    if not any(
        _allows(each, rule, rule.peers_from, own, end, spaces) for each in entering for rule in each.spec.ingress
    ):
        blockers += entering
    return tuple(f"{each.metadata.namespace}/{each.name}" for each in blockers)


def _limiting(ctx: Context, end: End, direction: str) -> list[NetworkPolicy]:
    """The policies that limit what leaves, or what enters, the pods of an end."""
    if not end.namespace or end.labels is None:
        return []
    policies = ctx.list(NetworkPolicy, end.namespace)
    return [
        each for each in policies if direction in each.spec.policy_types and selects(each.spec.pod_selector, end.labels)
    ]


def _labels_of_namespaces(ctx: Context) -> dict[str, dict[str, str]]:
    try:
        return {each.name: each.metadata.labels for each in ctx.list(Namespace)}
    except NoAnswerError:
        return {}


def _ends(ctx: Context, host: str, port: int, protocol: str) -> list[End]:
    """The pods behind a host; for one that is not of the cluster an end of which only the port is known."""
    named = service_of(host, ctx.target.namespace)
    if named is None:
        return [End(protocol=protocol, port=port)]
    namespace, name = named
    pods = _pods(ctx, namespace)
    services = (each for each in ctx.list(Service, namespace) if each.name == name)
    names = {item.name for each in services for item in each.spec.ports if item.port == port}
    ends: list[End] = []
    for each in ctx.list(EndpointSlice, namespace):
        if each.service != name:
            continue
        number = next((item.port for item in each.ports or () if item.port and item.name in names), port)
        for endpoint in each.endpoints or ():
            pod = pods.get(endpoint.target_ref.name) if endpoint.target_ref else None
            space = namespace if endpoint.target_ref else ""
            ends.append(_end(space, pod, endpoint.addresses, protocol, number))
    return ends


def _pods(ctx: Context, namespace: str) -> dict[str, Pod]:
    try:
        return {each.name: each for each in ctx.list(Pod, namespace)}
    except NoAnswerError:
        return {}


def _end(namespace: str, pod: Pod | None, addresses: tuple[str, ...], protocol: str, number: int) -> End:
    ports = [port for each in pod.spec.containers for port in each.ports] if pod else []
    return End(
        namespace=namespace,
        labels=pod.metadata.labels if pod else None,
        addresses=addresses,
        protocol=protocol,
        port=number,
        port_names=tuple(each.name for each in ports if each.container_port == number) if pod else None,
    )


def _allows(
    policy: NetworkPolicy,
    rule: PolicyRule,
    peers: tuple[PolicyPeer, ...],
    peer: End,
    target: End,
    spaces: dict[str, dict[str, str]],
) -> bool:
    """Whether a rule allows connections of, or to, this peer on the target's port."""
    named = not peers or any(_is_peer(policy, each, peer, spaces) for each in peers)
    return named and (not rule.ports or any(_is_port(each, target) for each in rule.ports))


def _is_peer(policy: NetworkPolicy, wanted: PolicyPeer, end: End, spaces: dict[str, dict[str, str]]) -> bool:
    if wanted.ip_block:
        return not end.addresses or any(_in_block(wanted.ip_block, each) for each in end.addresses)
    if not end.namespace:
        return False
    if wanted.namespace_selector is None:
        right_namespace = end.namespace == policy.metadata.namespace
    else:
        labels = {"kubernetes.io/metadata.name": end.namespace, **spaces.get(end.namespace, {})}
        right_namespace = selects(wanted.namespace_selector, labels)
    if wanted.pod_selector is None or end.labels is None:
        return right_namespace
    return right_namespace and selects(wanted.pod_selector, end.labels)


def _in_block(block: IpBlock, address: str) -> bool:
    return _within(address, (block.cidr,)) and not _within(address, block.excluded)


def _within(address: str, ranges: Iterable[str]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(each, strict=False) for each in ranges)
    except ValueError:
        return True


def _is_port(wanted: PolicyPort, end: End) -> bool:
    if wanted.protocol != end.protocol:
        return False
    match wanted.port:
        case None:
            return True
        case str():
            return end.port_names is None or wanted.port in end.port_names
        case number:
            return number <= end.port <= (wanted.end_port or number)
