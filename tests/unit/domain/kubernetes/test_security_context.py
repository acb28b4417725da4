"""What pods and containers may do on their node."""

import msgspec

from diagnose.domain.kubernetes.security_context import host_access, unrestricted
from diagnose.resources import Container, PodSpec

HARDENED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def test_the_pods_security_context_holds_for_a_container_without_its_own() -> None:
    bare = Container(name="worker")
    assert len(unrestricted(PodSpec(), bare)) == 4
    pod = msgspec.convert({"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}}, PodSpec)
    assert unrestricted(pod, bare) == ("allowPrivilegeEscalation", "capabilities.drop")
    assert unrestricted(PodSpec(), msgspec.convert({"name": "w", "securityContext": HARDENED}, Container)) == ()


def test_a_capability_to_listen_on_low_ports_is_harmless() -> None:
    def adding(*names: str) -> PodSpec:
        return msgspec.convert(
            {"containers": [{"name": "w", "securityContext": {"capabilities": {"add": names}}}]}, PodSpec
        )

    assert host_access(adding("NET_BIND_SERVICE")) == ()
    assert host_access(adding("NET_BIND_SERVICE", "SYS_ADMIN")) == ("capability SYS_ADMIN in w",)
