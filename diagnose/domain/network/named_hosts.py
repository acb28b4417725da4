"""The hosts that a target's settings name beside its known dependencies, and which of them are tried from a pod."""

from collections.abc import Iterator, Mapping
from itertools import islice

from diagnose.check.api import Context, SurveyResult
from diagnose.domain.network.hostnames import is_inside, is_local
from diagnose.domain.network.reachability import Route, route_by_services, with_attempts
from diagnose.queries.exec_survey.survey import Dial
from diagnose.resources import ConfigMap, Namespace, PodTemplate, Service
from diagnose.resources.selectors import selects
from diagnose.target import environment
from diagnose.target.named_hosts import NamedHost, named_hosts, texts_of
from diagnose.target.pod_template import AGENT
from diagnose.target.service_names import parse, service_of
from diagnose.target.survey_plan import dials
from diagnose.target.target import Target

# Names of two parts that end so are hardly of a namespace.
_OF_INTERNET = frozenset({"com", "net", "org", "io"})
MOST_DIALS = 12
"""How many connections to named hosts a survey tries."""


def of_target(target: Target, config_maps: Mapping[str, ConfigMap] | None) -> tuple[NamedHost, ...]:
    """Returns the hosts that the settings of a target name, each once, without those of its known dependencies."""
    template, own = target.template, target.container
    inits = [each for each in template.spec.init_containers if not each.name.startswith(AGENT)]
    found = [
        each
        for container in (own, *inits)
        for each in named_hosts(
            environment.read(template, container, config_maps=config_maps),
            texts_of(template, container, config_maps),
            "" if container == own else container.name,
        )
    ]
    known = {(each.host, each.port) for each in dials(target)}
    aliases = {name for alias in template.spec.host_aliases for name in alias.hostnames}
    unread = {*target.profile.own_urls, *target.profile.public_urls, *(each.variable for each in target.profile.unread)}
    by_end: dict[tuple[str, int], NamedHost] = {}
    for each in found:
        end = each.host.lower(), each.port
        if end in known or each.host in aliases or is_local(each.host) or each.variable in unread:
            continue
        by_end.setdefault(end, each)
    with_port = {host for host, port in by_end if port}
    # Where the port is known from another setting, a setting of the host alone adds nothing.
    return tuple(each for (host, port), each in by_end.items() if port or host not in with_port)


def refers_to_maps(target: Target) -> bool:
    """Whether settings of a target are in ConfigMaps."""
    containers = (target.container, *target.template.spec.init_containers)
    return any(environment.read(target.template, each).maps for each in containers)


def further_dials(target: Target, config_maps: Mapping[str, ConfigMap] | None) -> tuple[Dial, ...]:
    """Returns the connections that a survey tries to named hosts: within the cluster, as others may be anywhere."""
    named = (each for each in of_target(target, config_maps) if each.port and is_near(each.host, target.namespace))
    return tuple(Dial(host=each.host, port=each.port) for each in islice(named, MOST_DIALS))


def is_near(host: str, namespace: str) -> bool:
    """Whether a host is, or may be, a Service of the cluster or an address of its network."""
    return is_inside(host) or (parse(host, namespace) is not None and host.rpartition(".")[2] not in _OF_INTERNET)


def hosts_of_workload(template: PodTemplate) -> tuple[NamedHost, ...]:
    """Returns the hosts that another workload's template names, without those of ConfigMaps."""
    return tuple(
        each
        for container in template.spec.all_containers
        for each in named_hosts(environment.read(template, container), texts_of(template, container, None))
    )


def hosts_of(ctx: Context) -> tuple[NamedHost, ...]:
    """Returns the hosts that the settings of the target name; where ConfigMaps are not accessible, without theirs."""
    maps: dict[str, ConfigMap] | None = None
    if refers_to_maps(ctx.target):
        listed = ctx.detail(lambda: ctx.list(ConfigMap, ctx.target.namespace))
        maps = {each.name: each for each in listed or ()}
    return ctx.run_data.once("named hosts", lambda: tuple(_existing(ctx, of_target(ctx.target, maps))))


def _existing(ctx: Context, hosts: tuple[NamedHost, ...]) -> Iterator[NamedHost]:
    """Yields the hosts, without a name with a number that is not surely one and that no Service has."""
    for each in hosts:
        if each.is_sure or any(one.name == each.host for one in services_of(ctx, ctx.target.namespace)):
            yield each


def service_of_host(
    ctx: Context, host: NamedHost, surveys: tuple[SurveyResult, ...], *, is_logged: bool = False
) -> tuple[str, str] | None:
    """Returns the Service of a host that a pod tried or a log has; one of two parts needs an existing namespace."""
    if found := service_of(host.host, ctx.target):
        return found
    named = parse(host.host, ctx.target.namespace)
    is_tried = any(each.answer.connection(host.host, host.port) for each in surveys)
    if named is None or not (is_tried or is_logged):
        return None
    existing = ctx.covered(lambda: ctx.list(Namespace), by="a pod connects to it" if is_tried else "its log") or ()
    return (named.namespace, named.name) if any(each.name == named.namespace for each in existing) else None


def services_of(ctx: Context, namespace: str) -> tuple[Service, ...]:
    """Returns the Services of a namespace; none where they are not accessible."""
    return ctx.detail(lambda: ctx.list(Service, namespace)) or ()


def selects_target(ctx: Context, namespace: str, name: str) -> bool:
    """Whether a Service selects the target's own pods."""
    labels = ctx.target.template.metadata.labels
    return namespace == ctx.target.namespace and any(
        each.name == name and selects(each.spec.selector, labels) for each in services_of(ctx, namespace)
    )


def route_of(
    ctx: Context, host: NamedHost, surveys: tuple[SurveyResult, ...], service: tuple[str, str] | None
) -> tuple[int, Route]:
    """Returns the port of a host, which is the first one of its Service where none is named, and the route there."""
    listed = [each for each in services_of(ctx, service[0]) if each.name == service[1]] if service else []
    port = host.port or next((port.port for each in listed for port in each.spec.ports), 0)
    return port, with_attempts(ctx, route_by_services(ctx, host.host, port, service), surveys, host.host, port)
