"""The NetworkPolicies that block the worker's connections, evaluated from their rules.

A policy applies on two sides: to the egress of the worker's pods, and to the ingress of the Service's backends
(https://kubernetes.io/docs/concepts/services-networking/network-policies/). What is unknown here, such as the IP
addresses of a name outside the cluster, counts as allowed.
"""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Context
from diagnose.queries.query import NoAnswerError
from diagnose.resources import (
    EndpointSlice,
    Namespace,
    NetworkPolicy,
    Pod,
    PolicyPeer,
    PolicyPort,
    PolicyRule,
    Service,
)
from diagnose.resources.selectors import selects
from diagnose.target.service_names import service_of
from diagnose.text.addresses import is_within

DNS_PORT = 53


class ConnectionEnd(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a connection; of the destination also the port by number and name.

    Attributes:
        namespace: "" for an end outside the cluster.
        labels: of the pod; None where it is not accessible.
        selector: what selects the pod, of the destination that of its Service; empty where that selects others.
    """

    namespace: str = ""
    labels: dict[str, str] | None = None
    selector: Mapping[str, str] = msgspec.field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    protocol: str = "TCP"
    port: int = 0
    port_names: tuple[str, ...] | None = ()


class Blocker(msgspec.Struct, frozen=True):
    """A policy without a rule for a connection: for the egress of the worker's pods, or the ingress of an end's."""

    policy: NetworkPolicy
    end: ConnectionEnd
    leaving: bool

    @property
    def name(self) -> str:
        """Its "namespace/name"."""
        return f"{self.policy.metadata.namespace}/{self.policy.name}"


def blockers(ctx: Context, host: str, port: int, protocol: str = "TCP") -> tuple[Blocker, ...]:
    """Returns the policies that block a host and port; none where they are not accessible."""
    return ctx.detail(lambda: _blockers(ctx, _ends(ctx, host, port, protocol))) or ()


def blocking(ctx: Context, host: str, port: int, protocol: str = "TCP") -> tuple[str, ...]:
    """Returns the policies, as "namespace/name", that block a host and port; none where they are not accessible."""
    return ctx.detail(lambda: _blocking(ctx, _ends(ctx, host, port, protocol))) or ()


def require_blocking(ctx: Context, host: str, port: int, protocol: str = "TCP") -> tuple[str, ...]:
    """Returns the same, where nothing else shows whether the connection is possible.

    Raises:
        NoAnswerError: policies, or the pods that those of the destination select, are not accessible.
    """
    ends = _ends(ctx, host, port, protocol)
    for end in (each for each in ends if each.namespace and each.labels is None):
        if _has_ingress_policies(ctx, end.namespace):
            raise NoAnswerError(f"whether policies of namespace {end.namespace} select {host} is unknown")
    return _blocking(ctx, ends)


def _blocking(ctx: Context, ends: list[ConnectionEnd]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in _blockers(ctx, ends)))


def _blockers(ctx: Context, ends: list[ConnectionEnd]) -> tuple[Blocker, ...]:
    found = [_between(ctx, end) for end in ends]
    # If policies allow a connection to one backend, they are not the cause.
    return tuple(each for some in found for each in some) if all(found) else ()


def leaving(ctx: Context) -> list[NetworkPolicy]:
    """Returns the policies for the egress of the worker's pods.

    Raises:
        NoAnswerError: policies may not be listed.
    """
    source = ConnectionEnd(namespace=ctx.target.namespace, labels=ctx.target.template.metadata.labels)
    return _limiting(ctx, source, "Egress")


def opens_all(policy: NetworkPolicy) -> bool:
    """Whether a rule of a policy allows egress to every address on every port."""
    return any(
        not rule.ports and (not rule.peers_to or any(_is_anywhere(each) for each in rule.peers_to))
        for rule in policy.spec.egress
    )


def _is_anywhere(peer: PolicyPeer) -> bool:
    block = peer.ip_block
    return block is not None and block.cidr in {"0.0.0.0/0", "::/0"} and not block.excluded


def _between(ctx: Context, end: ConnectionEnd) -> tuple[Blocker, ...]:
    target = ctx.target
    source = ConnectionEnd(namespace=target.namespace, labels=target.template.metadata.labels)
    leaving, entering = _limiting(ctx, source, "Egress"), _limiting(ctx, end, "Ingress")
    namespaces = ctx.attempt(lambda: ctx.list(Namespace)) or () if leaving or entering else ()
    spaces = {each.name: each.metadata.labels for each in namespaces}
    found: list[Blocker] = []
    if not any(_allows(each, rule, rule.peers_to, end, end, spaces) for each in leaving for rule in each.spec.egress):
        found += [Blocker(each, end, leaving=True) for each in leaving]
    if not any(
        _allows(each, rule, rule.peers_from, source, end, spaces) for each in entering for rule in each.spec.ingress
    ):
        found += [Blocker(each, end, leaving=False) for each in entering]
    return tuple(found)


def keeping_out(
    ctx: Context, labels: dict[str, str], port: int, port_names: tuple[str, ...]
) -> tuple[NetworkPolicy, ...]:
    """Returns the policies that keep pods of the same namespace with these labels from a port of the target's pods.

    Raises:
        NoAnswerError: policies may not be listed.
    """
    namespace = ctx.target.namespace
    own = ctx.target.template.metadata.labels
    end = ConnectionEnd(namespace=namespace, labels=own, port=port, port_names=port_names)
    source = ConnectionEnd(namespace=namespace, labels=labels)
    entering = _limiting(ctx, end, "Ingress")
    namespaces = ctx.attempt(lambda: ctx.list(Namespace)) or () if entering else ()
    spaces = {each.name: each.metadata.labels for each in namespaces}
    if any(
        _allows(each, rule, rule.peers_from, source, end, spaces) for each in entering for rule in each.spec.ingress
    ):
        return ()
    return tuple(entering)


def _limiting(ctx: Context, end: ConnectionEnd, direction: str) -> list[NetworkPolicy]:
    """Returns the policies for the egress or ingress of an end's pods."""
    if not end.namespace or end.labels is None:
        return []
    policies = ctx.list(NetworkPolicy, end.namespace)
    return [
        each for each in policies if direction in each.spec.policy_types and selects(each.spec.pod_selector, end.labels)
    ]


def _ends(ctx: Context, host: str, port: int, protocol: str) -> list[ConnectionEnd]:
    """Returns the backends of a host; of one outside the cluster only the port is known."""
    named = service_of(host, ctx.target)
    services = [each for each in ctx.list(Service, named[0]) if each.name == named[1]] if named else []
    if named is None or any(each.spec.type == "ExternalName" for each in services):
        # The real name of an ExternalName may be anywhere.
        return [ConnectionEnd(protocol=protocol, port=port)]
    namespace, name = named
    slices = [each for each in ctx.list(EndpointSlice, namespace) if each.service == name and each.endpoints]
    listed = ctx.attempt(lambda: ctx.list(Pod, namespace)) if slices and _may_block(ctx, namespace) else ()
    pods = {each.name: each for each in listed or ()}
    names = {item.name for each in services for item in each.spec.ports if item.port == port}
    selector = services[0].spec.selector if services else {}
    ends: list[ConnectionEnd] = []
    for each in slices:
        number = next((item.port for item in each.ports or () if item.port and item.name in names), port)
        for endpoint in each.endpoints or ():
            pod = pods.get(endpoint.target_ref.name) if endpoint.target_ref else None
            space = namespace if endpoint.target_ref else ""
            end = _end(space, pod, endpoint.addresses, protocol, number)
            ends.append(replace(end, selector=selector) if end.labels and selects(selector, end.labels) else end)
    return ends


def _may_block(ctx: Context, namespace: str) -> bool:
    """Whether a policy may block connections to pods of a namespace, which depends on their labels and ports then."""
    return bool(leaving(ctx)) or _has_ingress_policies(ctx, namespace)


def _has_ingress_policies(ctx: Context, namespace: str) -> bool:
    return any("Ingress" in each.spec.policy_types for each in ctx.list(NetworkPolicy, namespace))


def _end(namespace: str, pod: Pod | None, addresses: tuple[str, ...], protocol: str, number: int) -> ConnectionEnd:
    ports = [port for each in pod.spec.running_containers for port in each.ports] if pod else []
    return ConnectionEnd(
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
    peer: ConnectionEnd,
    target: ConnectionEnd,
    spaces: dict[str, dict[str, str]],
) -> bool:
    """Whether a rule allows connections from or to this peer on the target's port."""
    named = not peers or any(_is_peer(policy, each, peer, spaces) for each in peers)
    return named and (not rule.ports or any(_is_port(each, target) for each in rule.ports))


def _is_peer(
    policy: NetworkPolicy, selected: PolicyPeer, end: ConnectionEnd, spaces: dict[str, dict[str, str]]
) -> bool:
    if selected.ip_block:
        cidr, excluded = (selected.ip_block.cidr,), selected.ip_block.excluded
        inside = (is_within(each, cidr) and not is_within(each, excluded) for each in end.addresses)
        return not end.addresses or any(inside)
    if not end.namespace:
        return False
    if selected.namespace_selector is None:
        right_namespace = end.namespace == policy.metadata.namespace
    else:
        labels = {"kubernetes.io/metadata.name": end.namespace, **spaces.get(end.namespace, {})}
        right_namespace = selects(selected.namespace_selector, labels)
    if selected.pod_selector is None or end.labels is None:
        return right_namespace
    return right_namespace and selects(selected.pod_selector, end.labels)


def _is_port(selected: PolicyPort, end: ConnectionEnd) -> bool:
    if selected.protocol != end.protocol:
        return False
    match selected.port:
        case None:
            return True
        case str():
            return end.port_names is None or selected.port in end.port_names
        case number:
            return number <= end.port <= (selected.end_port or number)
