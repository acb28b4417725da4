"""NetworkPolicies."""

from typing import Self

import msgspec

from diagnose.resources.applied import AppliedObject, AppliedSpec
from diagnose.resources.metadata import Part
from diagnose.resources.selectors import Selector


class IpBlock(Part, frozen=True):
    """A range of addresses with exceptions."""

    cidr: str
    excluded: tuple[str, ...] = msgspec.field(default=(), name="except")


class PolicyPeer(Part, frozen=True):
    """A peer of a rule; an unset selector differs from an empty one."""

    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None
    ip_block: IpBlock | None = None


class PolicyPort(Part, frozen=True):
    """A port that a rule allows; without a number all ports of the protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class PolicyRule(Part, frozen=True):
    """A rule that allows peers on ports; no peers means all, no ports means all."""

    peers_from: tuple[PolicyPeer, ...] = msgspec.field(default=(), name="from")
    peers_to: tuple[PolicyPeer, ...] = msgspec.field(default=(), name="to")
    ports: tuple[PolicyPort, ...] = ()


class NetworkPolicySpec(AppliedSpec, frozen=True):
    """The spec of a NetworkPolicy."""

    pod_selector: Selector = Selector()
    policy_types: tuple[str, ...] = ()
    ingress: tuple[PolicyRule, ...] = ()
    egress: tuple[PolicyRule, ...] = ()

    @property
    def filled(self) -> Self:
        """The spec with the directions that it is about."""
        types = self.policy_types or (("Ingress", "Egress") if self.egress else ("Ingress",))
        return msgspec.structs.replace(self, policy_types=types)


class NetworkPolicy(AppliedObject, frozen=True):
    """A NetworkPolicy."""

    group = "/apis/networking.k8s.io/v1"
    plural = "networkpolicies"
    spec: NetworkPolicySpec = NetworkPolicySpec()
    applied: NetworkPolicySpec | None = None
