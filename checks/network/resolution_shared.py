"""Checks that the pods resolve names like the cluster.

hostAliases and dnsConfig are legal; they are a fault where unready pods connect to another address than that of the
Service.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.network.reachability import service_of
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Pod, PodSpec, Service
from diagnose.target.survey_plan import vault_endpoint

HOST = Code(
    id="network.host-overridden",
    meaning="hostAliases of the pod template map the name of a dependency to another address than that of its "
    "Service; DNS is not queried then.",
    fix="Remove the name from hostAliases, or correct its address.",
)
RESOLVER = Code(
    id="network.resolver-overridden",
    meaning="By dnsPolicy or dnsConfig of the pod template the pods query other name servers than the "
    "cluster's, which do not resolve names of Services.",
    fix="Set the pod template's dnsPolicy to ClusterFirst.",
)
FOREIGN = {"None", "Default"}


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings about unready pods that resolve names to another address."""
    waiting = [pod for pod in ctx.target.pods if not pod.ready]
    hosts = _hosts(ctx)
    aliases = dict.fromkeys(each for pod in waiting for each in pod.spec.host_aliases)
    for alias, name in [(each, name) for each in aliases for name in each.hostnames if name in hosts]:
        service = _service(ctx, name)
        if service and service.spec.cluster_ip not in {alias.ip, "None", ""}:
            led = [pod for pod in waiting if alias in pod.spec.host_aliases]
            yield _host_finding(ctx, led, name, alias.ip, service)
    foreign = [pod for pod in waiting if pod.spec.dns_policy in FOREIGN and not _asks_cluster(ctx, pod.spec)]
    if foreign and any(service_of(host, ctx.target.namespace) for host in hosts):
        yield _resolver_finding(ctx, foreign)


def _hosts(ctx: Context) -> set[str]:
    target = ctx.target
    found = {target.database.host, target.database.admin_host} if target.database else set()
    if target.temporal:
        found.add(target.temporal.host)
    if target.vault.used and (end := vault_endpoint(target.vault.address)):
        found.add(end[0])
    return found


def _service(ctx: Context, host: str) -> Service | None:
    namespace, name = service_of(host, ctx.target.namespace) or ("", "")
    return next((each for each in ctx.list(Service, namespace) if each.name == name), None) if name else None


def _asks_cluster(ctx: Context, spec: PodSpec) -> bool:
    """Whether the pod's name servers are those of the cluster."""
    if spec.dns_policy != "None" or spec.dns_config is None:
        return False
    dns = _service(ctx, "kube-dns.kube-system.svc")
    return dns is not None and dns.spec.cluster_ip in spec.dns_config.nameservers


def _host_finding(ctx: Context, pods: list[Pod], name: str, ip: str, service: Service) -> Finding:
    where = f"{service.metadata.namespace}/{service.name}"
    reported = ctx.record_evidence(f"service {where}", f"clusterIP {service.spec.cluster_ip}")
    summary = f"hostAliases of the pods map {name} to {ip}, not to Service {where} ({service.spec.cluster_ip})."
    return _finding(ctx, HOST, summary, pods, "hostAliases", f"{ip} {name}", reported)


def _resolver_finding(ctx: Context, pods: list[Pod]) -> Finding:
    spec, policy = pods[0].spec, pods[0].spec.dns_policy
    servers = ", ".join(spec.dns_config.nameservers) if spec.dns_config else "the node's name servers"
    summary = f"By dnsPolicy {policy} the pods query {servers}, not the cluster's DNS, which alone resolves Services."
    return _finding(ctx, RESOLVER, summary, pods, "dnsPolicy", f"{policy}, queries {servers}")


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
        *(lists(scope, Service) for scope in (Scope.SYSTEM, Scope.DATABASE, Scope.TEMPORAL, Scope.VAULT)),
    ),
)
