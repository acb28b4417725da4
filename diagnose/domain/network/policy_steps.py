"""The steps that let a connection through NetworkPolicies: one rule more in one policy of each side that blocks it.

Policies add up, so a rule in one of them is enough. The rule names the pods that the Service selects, and their port.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.network.network_policies import DNS_PORT, Blocker, ConnectionEnd, blockers
from diagnose.model.report import Step
from diagnose.resources import NetworkPolicy
from diagnose.text.sentences import listed

NAMESPACE_NAME = "kubernetes.io/metadata.name"
Rule = dict[str, Any]


class _Addition(msgspec.Struct):
    """Rules to add to one side of a policy, and whom they let through."""

    policy: NetworkPolicy
    side: str
    rules: list[Rule] = msgspec.field(default_factory=list)
    names: list[str] = msgspec.field(default_factory=list)

    def add(self, rule: Rule, name: str) -> None:
        self.rules += [rule] if rule not in self.rules else []
        self.names += [name] if name not in self.names else []

    def step(self, text: str) -> Step:
        namespace, name = self.policy.metadata.namespace, self.policy.name
        change: list[Rule] = [{"op": "add", "path": f"/spec/{self.side}", "value": self.rules}]
        if getattr(self.policy.spec, self.side):
            change = [{"op": "add", "path": f"/spec/{self.side}/-", "value": rule} for rule in self.rules]
        command = kubectl.patch("networkpolicy", name, change, namespace=namespace, how="json")
        return Step(text, command, changes=f"NetworkPolicy {namespace}/{name}")


def allow(ctx: Context, ends: Mapping[str, tuple[str, int]]) -> tuple[Step, ...]:
    """Returns the steps that allow the worker's connections to ends, each a host and port by its name for a person."""
    found: dict[tuple[str, str], _Addition] = {}
    for name, (host, port) in ends.items():
        protocols = ("UDP", "TCP") if port == DNS_PORT else ("TCP",)
        for blocker in _one_a_side(blockers(ctx, host, port, protocols[0])):
            side = "egress" if blocker.leaving else "ingress"
            addition = found.setdefault((blocker.name, side), _Addition(blocker.policy, side))
            addition.add(_rule(ctx, blocker, protocols), name)
    noun = ctx.target.profile.noun
    return tuple(each.step(f"Let the {noun} connect to {listed(each.names)}.") for each in found.values())


def admit(policy: NetworkPolicy, caller: Mapping[str, str], port: int, whom: str) -> Step:
    """Returns the step that lets pods of the policy's own namespace, by their labels, in at a port."""
    addition = _Addition(policy, "ingress", [_rule_of("from", [_pods(caller)], port, ("TCP",))])
    return addition.step(f"Let {whom} in.")


def _one_a_side(found: Iterable[Blocker]) -> Iterator[Blocker]:
    """Yields the first policy of each side for each backend that is different in what a rule can name."""
    known = set()
    for each in found:
        end = each.end
        key = (each.leaving, end.namespace, tuple(end.selector.items()) or end.addresses, end.port)
        if key not in known:
            known.add(key)
            yield each


def _rule(ctx: Context, blocker: Blocker, protocols: tuple[str, ...]) -> Rule:
    end, own = blocker.end, blocker.policy.metadata.namespace
    if blocker.leaving:
        return _rule_of("to", tuple(_peers(end, own)), end.port, protocols)
    target = ctx.target
    controller = target.deployment or target.stateful_set
    selector = controller.spec.selector.match_labels if controller else {}
    pods = _pods(selector or target.template.metadata.labels)
    return _rule_of("from", [{**_space(target.namespace, own), **pods}], end.port, protocols)


def _peers(end: ConnectionEnd, own: str) -> Iterator[Rule]:
    """Yields what names an end in a rule: its pods, its namespace, or its addresses; nothing where none is known."""
    if end.namespace:
        selected = _pods(end.selector) if end.selector else {}
        yield {**_space(end.namespace, own), **selected} or {"podSelector": {}}
    else:
        yield from ({"ipBlock": {"cidr": f"{each}/{128 if ':' in each else 32}"}} for each in end.addresses)


def _pods(labels: Mapping[str, str]) -> Rule:
    return {"podSelector": {"matchLabels": dict(labels)}}


def _space(namespace: str, own: str) -> Rule:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: namespace}}} if namespace != own else {}


def _rule_of(peers: str, found: Sequence[Rule], port: int, protocols: tuple[str, ...]) -> Rule:
    ports = [{"protocol": each, "port": port} for each in protocols]
    return {**({peers: list(found)} if found else {}), "ports": ports}
