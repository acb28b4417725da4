"""Probes that the injector of a service mesh sends to its proxy, and what they were before.

Istio: https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/
Kuma: https://kuma.io/docs/latest/policies/service-health-probes/
"""

import re
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from diagnose.resources.containers import Container, GrpcAction, HttpGet, Probe, TcpSocket
from diagnose.resources.metadata import Part
from diagnose.text.patterns import lazy

PROXIES = frozenset({"istio-proxy", "linkerd-proxy", "kuma-sidecar", "consul-dataplane", "envoy-sidecar"})
"""Names of the containers that injectors add."""

_KINDS = ("startup_probe", "liveness_probe", "readiness_probe")
_ISTIO, _ISTIO_PROBES = "istio-proxy", "ISTIO_KUBE_APP_PROBERS"
_KUMA, _KUMA_PORTS = "kuma-sidecar", {9000, 9001}
_KUMA_PATH = lazy(r"/(?:(?P<action>tcp|grpc)/)?(?P<port>\d{1,5})(?P<path>/.*)?", re.DOTALL)


class _Action(Part, frozen=True):
    http_get: HttpGet | None = None
    tcp_socket: TcpSocket | None = None
    grpc: GrpcAction | None = None


def restored(containers: tuple[Container, ...], others: Iterable[Container]) -> tuple[Container, ...]:
    """Returns containers with the probes of their own programs, as far as a proxy among all of them has those."""
    proxies = {each.name: each for each in (*containers, *others) if each.name in PROXIES}
    if istio := proxies.get(_ISTIO):
        return _all_with(containers, partial(_by_istio, _actions(istio)))
    return _all_with(containers, _by_kuma) if _KUMA in proxies else containers


def restored_from(container: Container, template: Container) -> Container:
    """Returns a container with the probes of its template, where an injected proxy serves its own ports instead."""
    declared = {each.container_port for each in container.ports}
    changes = {}
    for kind in _KINDS:
        now, before = getattr(container, kind), getattr(template, kind)
        if now and before and now.http_get and before.http_get and now.http_get.port not in declared:
            changes[kind] = before
    return msgspec.structs.replace(container, **changes)


def _all_with(
    containers: tuple[Container, ...], original: Callable[[HttpGet], _Action | None]
) -> tuple[Container, ...]:
    found = tuple(_with(each, original) for each in containers)
    return found if any(now is not before for now, before in zip(found, containers, strict=True)) else containers


def _with(container: Container, original: Callable[[HttpGet], _Action | None]) -> Container:
    changes: dict[str, Probe] = {}
    for kind in _KINDS:
        probe: Probe | None = getattr(container, kind)
        if probe and probe.http_get and (action := original(probe.http_get)):
            changes[kind] = msgspec.structs.replace(probe, **msgspec.structs.asdict(action))
    return msgspec.structs.replace(container, **changes) if changes else container


def _actions(proxy: Container) -> dict[str, _Action]:
    variable = proxy.variable(_ISTIO_PROBES)
    try:
        return msgspec.json.decode(variable.value if variable else "{}", type=dict[str, _Action])
    except msgspec.DecodeError:
        return {}


def _by_istio(actions: dict[str, _Action], get: HttpGet) -> _Action | None:
    return actions.get(get.path)


def _by_kuma(get: HttpGet) -> _Action | None:
    hit = _KUMA_PATH.fullmatch(get.path)
    if hit is None or get.port not in _KUMA_PORTS:
        return None
    port = int(hit["port"])
    match hit["action"]:
        case "tcp":
            return _Action(tcp_socket=TcpSocket(port=port))
        case "grpc":
            return _Action(grpc=GrpcAction(port=port))
        case _:
            return _Action(http_get=HttpGet(port=port, path=hit["path"] or "/"))
