"""Checks that the pods resolve names like the cluster.

hostAliases and dnsConfig are legal. An alias is a fault where it leads to another address than that of the Service, and
pods that need it are not ready or log that they cannot connect; other name servers than the cluster's are one where the
program names a Service, which those do not know.
"""

import ipaddress
from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import CONFIG_MAPS, EXEC, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import pods_of
from diagnose.domain.network.dns import is_conclusive
from diagnose.domain.network.logged_failures import evidence_of, failures
from diagnose.domain.network.named_hosts import hosts_of, services_of
from diagnose.model.report import Confidence, Evidence, Finding, Severity, Step
from diagnose.queries.exec_survey.survey import ConnectionState
from diagnose.resources import Pod, PodSpec, Service
from diagnose.target.service_names import service_of
from diagnose.target.survey_plan import vault_endpoint

HOST = Code(
    id="network.host-overridden",
    meaning="hostAliases of the pod template map the name of a dependency to another address than that of its "
    "Service; DNS is not queried then.",
    fix="Remove the name from hostAliases, or correct its address.",
)
RESOLVER = Code(
    id="network.resolver-overridden",
    meaning="With dnsPolicy or dnsConfig of the pod template the pods query other name servers than the "
    "cluster's, which do not resolve names of Services.",
    fix="Set the pod template's dnsPolicy to ClusterFirst.",
)
FOREIGN = {"None", "Default"}
UNRESOLVED = {ConnectionState.NO_SUCH_NAME, ConnectionState.NAME_UNRESOLVED}


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings about pods that resolve names to another address."""
    hosts = _hosts(ctx)
    aliases = dict.fromkeys(each for pod in pods_of(ctx) for each in pod.spec.host_aliases)
    for alias, name in [(each, name) for each in aliases for name in each.hostnames]:
        led = [pod for pod in _failing(ctx, name, alias.ip, is_known=name in hosts) if alias in pod.spec.host_aliases]
        service = _service(ctx, name) if led else None
        if service and service.spec.cluster_ip not in {alias.ip, "None", ""}:
            yield _host_finding(ctx, led, name, alias.ip, service)
    foreign = [pod for pod in ctx.target.pods if _is_foreign(pod.spec) and not _queries_cluster(ctx, pod.spec)]
    if foreign:
        yield from _by_other_servers(ctx, foreign, hosts)


def _failing(ctx: Context, name: str, ip: str, *, is_known: bool) -> list[Pod]:
    """Returns the pods that log a failed connection to a host, and the unready ones where it is a known dependency."""
    logged = {each.log.pod for each in failures(ctx) if each.mentions(name, ip)}
    return [pod for pod in pods_of(ctx) if pod.name in logged or (is_known and not pod.ready)]


def _is_foreign(spec: PodSpec) -> bool:
    """Whether a pod's policy is to query other name servers than the cluster's."""
    # With the node's network, ClusterFirst means the node's name servers, too.
    return spec.dns_policy in FOREIGN or (spec.host_network and spec.dns_policy in {"", "ClusterFirst"})


def _resolving(ctx: Context) -> set[str]:
    """Returns the pods that resolved the name of a Service."""
    return {
        each.pod.name
        for each in ctx.attempt(ctx.surveys) or ()
        for tried in each.answer.connections
        if is_conclusive(tried) and tried.state not in UNRESOLVED and service_of(tried.host, ctx.target)
    }


def _by_other_servers(ctx: Context, pods: list[Pod], hosts: set[str]) -> Iterator[Finding]:
    """Yields the finding about pods whose name servers do not know the cluster's Services."""
    services = [host for host in sorted(hosts) if service_of(host, ctx.target)] or _named_services(ctx)
    if not services and pods[0].spec.dns_policy != "None":
        raise NotApplicableError("the pods resolve names like their node, and their environment names no Service")
    resolving = _resolving(ctx)
    pods = [pod for pod in pods if pod.name not in resolving]
    if not pods:
        return
    waiting = [pod for pod in pods if not pod.ready]
    servers = pods[0].spec.dns_config.nameservers if pods[0].spec.dns_config else ()
    logged = tuple(each for each in failures(ctx) if each.mentions(*services))
    if services and ((waiting and hosts) or logged):
        found = _resolver_finding(ctx, waiting or pods)
        yield replace(found, evidence=(*found.evidence, *evidence_of(ctx, logged)))
    elif services:
        yield _resolver_finding(ctx, pods, f"The program may not use {services[0]}: read its log for failed lookups.")
    elif any(map(_is_public, servers)):
        yield _resolver_finding(ctx, pods, "The program may name no Service, which its environment does not show.")
    else:
        ctx.record_problem(f"whether {', '.join(servers) or 'no server'} resolves names of Services: no pod tried one")


def _named_services(ctx: Context) -> list[str]:
    """Returns the hosts that settings name and that are existing Services."""
    named = {each.host: found for each in hosts_of(ctx) if (found := service_of(each.host, ctx.target))}
    return sorted(
        host
        for host, (namespace, name) in named.items()
        if any(each.name == name for each in services_of(ctx, namespace))
    )


def _is_public(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_global
    except ValueError:
        return False


def _hosts(ctx: Context) -> set[str]:
    target = ctx.target
    found = set(target.database.hosts) if target.database else set()
    if target.temporal:
        found.add(target.temporal.host)
    if target.vault.used and (end := vault_endpoint(target.vault.address)):
        found.add(end[0])
    return found


def _service(ctx: Context, host: str) -> Service | None:
    namespace, name = service_of(host, ctx.target) or ("", "")
    return next((each for each in ctx.list(Service, namespace) if each.name == name), None) if name else None


def _queries_cluster(ctx: Context, spec: PodSpec) -> bool:
    """Whether the pod's name servers are those of the cluster; a link-local one is the node's cache of them."""
    if spec.dns_policy != "None" or spec.dns_config is None:
        return False
    servers = set(spec.dns_config.nameservers)
    if any(each.startswith(("169.254.", "fe80:")) for each in servers):
        return True
    return any(each.spec.cluster_ip in servers for each in ctx.list(Service, "kube-system"))


def _host_finding(ctx: Context, pods: list[Pod], name: str, ip: str, service: Service) -> Finding:
    where = f"{service.metadata.namespace}/{service.name}"
    reported = ctx.record_evidence(f"service {where}", f"clusterIP {service.spec.cluster_ip}")
    summary = f"hostAliases of the pods map {name} to {ip}, not to Service {where} ({service.spec.cluster_ip})."
    return _finding(ctx, HOST, summary, pods, "hostAliases", f"{ip} {name}", reported)


def _resolver_finding(ctx: Context, pods: list[Pod], alternative: str = "") -> Finding:
    """Returns the finding about the name servers; a warning with an alternative where the program may work."""
    spec, policy = pods[0].spec, pods[0].spec.dns_policy or "ClusterFirst with hostNetwork"
    servers = ", ".join(spec.dns_config.nameservers) if spec.dns_config else "the node's name servers"
    summary = f"With dnsPolicy {policy} the pods query {servers}, not the cluster's DNS, which alone resolves Services."
    found = _finding(ctx, RESOLVER, summary, pods, "dnsPolicy", f"{policy}, queries {servers}")
    if not alternative:
        return found
    return replace(found, severity=Severity.WARNING, confidence=Confidence.LIKELY, alternatives=(alternative,))


def _finding(
    ctx: Context, code: Code, summary: str, pods: list[Pod], field: str, value: str, *evidence: Evidence
) -> Finding:
    names = tuple(pod.name for pod in pods)
    command = kubectl.get("pod", names[0], namespace=ctx.target.namespace, output=f"jsonpath={{.spec.{field}}}")
    seen = ctx.record_evidence(f"pod {names[0]}", f"spec.{field}: {value}", command=command)
    step = Step(code.fix, ctx.owner.edit(), changes="the Deployment")
    return code.finding(summary, step, pods=names, evidence=(seen, *evidence))


RESOLUTION_SHARED = Check(
    id="network.resolution-shared",
    title="The pods resolve names like the cluster",
    stage=stages.NETWORK,
    run=run,
    codes=(HOST, RESOLVER),
    reads=optional(
        *(lists(scope, Service) for scope in (Scope.OWN, Scope.SYSTEM, Scope.DATABASE, Scope.TEMPORAL, Scope.VAULT)),
        EXEC,
        lists(Scope.OTHER_SERVICES, Service),
        CONFIG_MAPS,
        WORKER_LOGS,
    ),
)
