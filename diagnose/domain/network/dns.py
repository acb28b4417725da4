"""The cluster's DNS: its endpoints, and lookups from inside pods."""

import msgspec

from diagnose.check.api import Context, SurveyResult
from diagnose.commands import kubectl
from diagnose.domain.network.hostnames import is_local
from diagnose.domain.network.network_policies import DNS_PORT
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.query import NoProgramError
from diagnose.resources import EndpointSlice, Pod, Service
from diagnose.target.survey_plan import dials
from diagnose.text.addresses import is_address

KUBE_SYSTEM, KUBE_DNS = "kube-system", "kube-dns"
# Where distributions keep it: https://docs.openshift.com/container-platform/latest/networking/dns-operator.html
NAMESPACES = (KUBE_SYSTEM, "openshift-dns")
PORT_NAMES = frozenset({"dns", "dns-tcp", "udp-53", "tcp-53"})
# The metadata server of Google's cloud answers the pods itself: https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns
OUTSIDE = frozenset({"169.254.169.254"})


class DnsService(msgspec.Struct, frozen=True, kw_only=True):
    """The Service that resolves names for pods, and how many of its endpoints are ready."""

    namespace: str
    name: str
    ready: int
    total: int

    @property
    def host(self) -> str:
        """Its own name."""
        return f"{self.name}.{self.namespace}.svc"

    @property
    def label(self) -> str:
        """The Service as a sentence names it."""
        return f"{self.namespace}/{self.name}"

    @property
    def text(self) -> str:
        """How many endpoints are ready."""
        return f"{self.ready} of {self.total} endpoints ready"


def dns_service(ctx: Context, servers: frozenset[str] = frozenset()) -> DnsService | None:
    """Returns the Service of the cluster's DNS, None where it is none of the cluster's own.

    The name servers of the pods, where they are known, decide between several.

    Raises:
        NoAnswerError: EndpointSlices may not be listed.
    """
    if servers and servers <= OUTSIDE:
        return None
    return next(filter(None, (_in_namespace(ctx, each, servers) for each in NAMESPACES)), None)


def _in_namespace(ctx: Context, namespace: str, servers: frozenset[str]) -> DnsService | None:
    slices = [each for each in ctx.list(EndpointSlice, namespace) if _serves_dns(each)]
    names = list(dict.fromkeys(each.service for each in slices))
    if not names:
        return None
    name = KUBE_DNS if KUBE_DNS in names else names[0]
    if name != KUBE_DNS and len(names) > 1 and servers:
        by_address = {each.spec.cluster_ip: each.name for each in ctx.list(Service, namespace)}
        name = next((by_address[each] for each in servers if by_address.get(each) in names), name)
    found = [endpoint for each in slices if each.service == name for endpoint in each.endpoints or ()]
    ready = sum(endpoint.conditions.ready is not False for endpoint in found)
    return DnsService(namespace=namespace, name=name, ready=ready, total=len(found))


def _serves_dns(ends: EndpointSlice) -> bool:
    ports = ends.ports or ()
    return ends.service == KUBE_DNS or any(each.port == DNS_PORT or each.name in PORT_NAMES for each in ports)


def dns_host(ctx: Context) -> str:
    """Returns the name of the cluster's DNS, that of most clusters where it is unknown."""
    found = ctx.detail(lambda: dns_service(ctx))
    return found.host if found else f"{KUBE_DNS}.{KUBE_SYSTEM}.svc"


def record_endpoints(ctx: Context, covered_by: str) -> tuple[DnsService, Evidence] | None:
    """Records how many DNS endpoints are ready; None where there are none, or something else shows it.

    Raises:
        NoAnswerError: nothing else shows it, and they may not be listed.
    """
    servers = frozenset(server for each in _surveys(ctx) for server in each.answer.nameservers)

    def listed() -> DnsService | None:
        return dns_service(ctx, servers)

    found = ctx.covered(listed, covered_by) if covered_by else listed()
    if not found:
        return None
    command = kubectl.endpoints(found.name, namespace=found.namespace)
    return found, ctx.record_evidence(f"service {found.label}", found.text, command=command)


def has_own_pods(ctx: Context) -> bool:
    """Whether pods of the cluster's DNS exist, without a Service."""
    pods = ctx.detail(lambda: ctx.list(Pod, KUBE_SYSTEM)) or ()
    return any(each.metadata.labels.get("k8s-app") == KUBE_DNS for each in pods)


def lookups(ctx: Context) -> dict[str, bool]:
    """Returns for each pod with lookups whether any was answered, "no such name" included."""
    found = {each.pod.name: [one for one in each.answer.connections if is_conclusive(one)] for each in _surveys(ctx)}
    for pod, tried in found.items():
        if tried and all(one.state is ConnectionState.NAME_UNRESOLVED for one in tried):
            text = f"lookup of {tried[0].host}: {tried[0].detail or 'no answer'}"
            ctx.record_evidence(f"pod {pod}", text, Vantage.POD)
    return {
        pod: any(one.state is not ConnectionState.NAME_UNRESOLVED for one in tried)
        for pod, tried in found.items()
        if tried
    }


def _surveys(ctx: Context) -> tuple[SurveyResult, ...]:
    """Returns the exec surveys, which look up nothing where no dependency has a name."""
    if any(_is_name(each.host) for each in dials(ctx.target)):
        return ctx.attempt(lambda: _possible_surveys(ctx)) or ()
    return ctx.covered(ctx.surveys, "no dependency with a name is known") or ()


def _possible_surveys(ctx: Context) -> tuple[SurveyResult, ...]:
    """Returns the exec surveys, none of an image without any program that could look up a name."""
    try:
        return ctx.surveys()
    except NoProgramError:
        return ()


def untried_name(ctx: Context) -> str:
    """Returns a name that a pod should have looked up, and could not for want of a tool or of time; "" for none."""
    tried = (one for each in _surveys(ctx) for one in each.answer.connections)
    return next((one.host for one in tried if _is_name(one.host) and not is_conclusive(one)), "")


def is_conclusive(tried: Connection) -> bool:
    """Whether the result of its lookup is known: a timeout without an address may be that of DNS."""
    return is_lookup(tried) and (tried.state is not ConnectionState.TIMED_OUT or bool(tried.address))


def is_lookup(tried: Connection) -> bool:
    """Whether the attempt needed a DNS lookup."""
    return tried.state is not ConnectionState.NO_TOOL and _is_name(tried.host)


def _is_name(host: str) -> bool:
    return not is_address(host) and not is_local(host)


def has_server_errors(ctx: Context) -> bool:
    """Whether DNS answers with errors: node reports EAI_AGAIN at once, and Go "server misbehaving"."""
    if any("server misbehaving" in match.text for match in ctx.matches("network.dns-answers")):
        return True
    tried = [one for each in ctx.attempt(ctx.surveys) or () for one in each.answer.connections if is_lookup(one)]
    return any(one.state is ConnectionState.NAME_UNRESOLVED and one.detail.startswith("EAI_") for one in tried)
