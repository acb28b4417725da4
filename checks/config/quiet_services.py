"""Checks that the optional services are configured whose absence the worker hardly logs.

Without Redis the worker connects to its own pod, publishes nothing, and its jobs end as completed. Not every
installation has it: a finding needs evidence of the service, otherwise the outcome gets a remark.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import NAMED_SERVICES
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.environment import exported, variable_finding
from diagnose.domain.network.findings import set_variable
from diagnose.domain.network.hostnames import is_local
from diagnose.model.report import Finding, Step
from diagnose.resources import Deployment, Service
from diagnose.target.profile import QuietService
from diagnose.target.service_names import service_of

NOT_NAMED = Code(
    id="config.service-not-named",
    meaning="A service that the worker's jobs use is not configured, so the worker connects to its own pod. "
    "It starts, is ready, and its jobs end as completed without effect.",
    fix="Set the service's host.",
)
UNKNOWN = Code(
    id="config.service-unknown",
    meaning="The worker is configured with a service that does not exist, without which it starts and is "
    "ready; its jobs end as completed without effect.",
    fix="Correct the service's host.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields services that are not configured, or only in the pod itself or by a host that does not exist."""
    for service in ctx.target.profile.quiet_services:
        if finding := _judge(ctx, service):
            yield finding


def _judge(ctx: Context, service: QuietService) -> Finding | None:
    container, found = ctx.target.container, ctx.target.container.variable(service.host)
    if (found and found.value_from) or service.host in {name for name, _ in exported(ctx.target.vault)}:
        return None
    host = found.value.strip() if found else ""
    if _is_in_pod(ctx, service):
        return None
    if host and not is_local(host):
        return _unknown(ctx, service, host)
    if container.env_from and not host:
        ctx.note(f"{service.host} may be set by envFrom, which is not read")
        return None
    if why := host or _speaks_for(ctx, service):
        return _not_named(ctx, service, host, why)
    where = f"{service.name} is expected at {service.default_host}"
    ctx.note(f"{service.host} is not set, so {where}; nothing indicates that it exists")
    return None


def _is_in_pod(ctx: Context, service: QuietService) -> bool:
    """Whether a container of the pod itself serves it."""
    ports = (port for each in ctx.target.sidecars for port in each.ports)
    return any(port.container_port == service.default_port for port in ports)


def _speaks_for(ctx: Context, service: QuietService) -> str:
    """Returns the evidence that the worker needs the service, "" without any."""
    prefix, namespace = f"{service.name.upper()}_", ctx.target.namespace
    if own := next((each.name for each in ctx.target.container.env if each.name.startswith(prefix)), ""):
        return f"{own} is set"
    for each in ctx.list(Deployment, namespace):
        for container in each.spec.template.spec.running_containers:
            if each.name != ctx.names["workload"] and container.variable(service.host):
                return f"Deployment {each.name} has {service.host}"
    for offered in ctx.list(Service, namespace):
        ports = {port.port for port in offered.spec.ports}
        if service.name.lower() in offered.name or service.default_port in ports:
            ctx.record_evidence(f"service {offered.name}", f"port {', '.join(map(str, sorted(ports)))}, in {namespace}")
            return f"Service {offered.name} exists"
    return ""


def _host_of(ctx: Context, service: QuietService, namespace: str) -> str:
    """Returns the only Service of a namespace that is it, by name or port, else a placeholder."""
    found = [
        each.name
        for each in ctx.detail(lambda: ctx.list(Service, namespace)) or ()
        if service.name.lower() in each.name or any(port.port == service.default_port for port in each.spec.ports)
    ]
    if len(found) != 1:
        return f"{service.name.upper()}_SERVICE"
    return found[0] if namespace == ctx.target.namespace else f"{found[0]}.{namespace}"


def _not_named(ctx: Context, service: QuietService, host: str, why: str) -> Finding:
    lack = f"{service.host} is {host}" if host else f"{service.host} is not set, while {why}"
    summary = f"{lack}: the worker connects to {service.name} in its own pod, {service.follows}."
    step = set_variable(ctx, service.host, _host_of(ctx, service, ctx.target.namespace))
    if not host:
        step = replace(step, text=step.text.replace("Correct ", "Set ", 1))
    inspect = Step("List the Services.", kubectl.get("services", namespace=ctx.target.namespace))
    found = variable_finding(ctx, NOT_NAMED, (service.host,), summary, lack, step, inspect)
    offered = (each for each in ctx.evidence if each.source.startswith("service "))
    return replace(found, evidence=(*found.evidence, *offered))


def _unknown(ctx: Context, service: QuietService, host: str) -> Finding | None:
    named = service_of(host, ctx.target)
    if named is None or any(each.name == named[1] for each in ctx.list(Service, named[0])):
        return None
    return UNKNOWN.finding(
        f"{service.host} is {host}, but namespace {named[0]} has no Service {named[1]}: {service.follows}.",
        Step("List the Services.", kubectl.get("services", namespace=named[0])),
        set_variable(ctx, service.host, _host_of(ctx, service, named[0])),
        pods=ctx.target.pods_with_same(service.host),
        subjects=(f"variable/{service.host}",),
        evidence=(ctx.record_evidence(f"services of namespace {named[0]}", f"none is {named[1]}"),),
    )


QUIET_SERVICES = Check(
    id="config.quiet-services",
    title="Services whose absence is hardly logged are configured",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(NOT_NAMED, UNKNOWN),
    occasions=(Occasion.AUDIT, Occasion.BEFORE_BY_MANIFEST),
    reads=NAMED_SERVICES,
)
