"""Is each service named that the worker starts without, and whose lack it hardly mentions?

Without Redis the worker asks its own pod, publishes nothing, and its jobs end as completed. Not every install has it:
what speaks for one is told, and where nothing does, that is remarked.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import NAMED_SERVICES
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.environment import exported
from diagnose.domain.network.findings import set_variable
from diagnose.domain.network.hostnames import is_local
from diagnose.domain.network.reachability import service_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Deployment, Service
from diagnose.target.profile import QuietService

NOT_NAMED = Code(
    id="config.service-not-named",
    meaning="The worker is not told where a service is that its jobs use, and looks for it in its own pod. It starts, "
    "is ready, and its jobs end as completed without their effect.",
    fix="Name the service's host.",
    severity=Severity.WARNING,
)
UNKNOWN = Code(
    id="config.service-unknown",
    meaning="The worker is told of a service that does not exist, without which it starts and is ready; its jobs end "
    "as completed without their effect.",
    fix="Correct the service's host.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Services that are named nowhere, in the pod itself, or by a name that nothing has."""
    for service in ctx.target.profile.quiet_services:
        if finding := _judge(ctx, service):
            yield finding


def _judge(ctx: Context, service: QuietService) -> Finding | None:
    container, found = ctx.target.container, ctx.target.container.variable(service.host)
    if (found and found.value_from) or service.host in {name for name, _ in exported(ctx.target.vault)}:
        return None
    host = found.value.strip() if found else ""
    if _beside(ctx, service):
        return None
    if host and not is_local(host):
        return _unknown(ctx, service, host)
    if container.env_from and not host:
        ctx.note(f"{service.host} may come with envFrom, which is not read")
        return None
    if why := host or _speaks_for(ctx, service):
        return _not_named(ctx, service, host, why)
    where = f"{service.name} is looked for at {service.default_host}"
    ctx.note(f"{service.host} is not set, so {where}; nothing here has it")
    return None


def _beside(ctx: Context, service: QuietService) -> bool:
    """Whether a container of the pod itself offers it."""
    others = (each for each in ctx.target.template.spec.containers if each.name != ctx.target.container.name)
    return any(port.container_port == service.default_port for each in others for port in each.ports)


def _speaks_for(ctx: Context, service: QuietService) -> str:
    """What shows that the worker should be told of it, "" where nothing does."""
    prefix, namespace = f"{service.name.upper()}_", ctx.target.namespace
    if own := next((each.name for each in ctx.target.container.env if each.name.startswith(prefix)), ""):
        return f"{own} is set"
    for each in ctx.list(Deployment, namespace):
        for container in each.spec.template.spec.containers:
            if each.name != ctx.names["workload"] and container.variable(service.host):
                return f"Deployment {each.name} has {service.host}"
    for offered in ctx.list(Service, namespace):
        ports = {port.port for port in offered.spec.ports}
        if service.name.lower() in offered.name or service.default_port in ports:
            return f"Service {offered.name} is there"
    return ""


def _not_named(ctx: Context, service: QuietService, host: str, why: str) -> Finding:
    lack = f"{service.host} is {host}" if host else f"{service.host} is not set, while {why}"
    return NOT_NAMED.finding(
        f"{lack}: the worker looks for {service.name} in its own pod, {service.follows}.",
        set_variable(ctx, service.host, f"{service.name.upper()}_SERVICE"),
        Step("See which Services there are.", kubectl.get("services", namespace=ctx.target.namespace)),
        pods=ctx.target.pods_with_same(service.host),
        subjects=(f"variable/{service.host}",),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", lack),),
    )


def _unknown(ctx: Context, service: QuietService, host: str) -> Finding | None:
    named = service_of(host, ctx.target.namespace) if not host.replace(".", "").isdigit() else None
    if named is None or any(each.name == named[1] for each in ctx.list(Service, named[0])):
        return None
    return UNKNOWN.finding(
        f"{service.host} is {host}, but namespace {named[0]} has no Service {named[1]}: {service.follows}.",
        Step("See which Services there are.", kubectl.get("services", namespace=named[0])),
        set_variable(ctx, service.host, f"{service.name.upper()}_SERVICE"),
        pods=ctx.target.pods_with_same(service.host),
        subjects=(f"variable/{service.host}",),
        evidence=(ctx.record_evidence(f"services of namespace {named[0]}", f"none is {named[1]}"),),
    )


QUIET_SERVICES = Check(
    id="config.quiet-services",
    title="Services that are missed in silence are named",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(NOT_NAMED, UNKNOWN),
    occasions=(Occasion.AUDIT, Occasion.BEFORE_BY_MANIFEST),
    reads=NAMED_SERVICES,
)
