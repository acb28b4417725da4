"""Do NetworkPolicies let in those who call the Services of these pods? The pods themselves notice nothing of it.

Callers are the Deployments of the namespace whose templates name such a Service.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import DEPLOYMENTS
from diagnose.check.rights import Necessity, Scope, lists, needed, optional
from diagnose.commands import kubectl
from diagnose.domain.network.named_hosts import hosts_of_workload
from diagnose.domain.network.network_policies import keeping_out
from diagnose.domain.network.policy_steps import admit
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Deployment, Namespace, NetworkPolicy, Service
from diagnose.resources.selectors import selects
from diagnose.target.service_names import parse

BLOCKED = Code(
    id="network.callers-blocked",
    meaning="A NetworkPolicy selects the pods and has no rule that lets in another workload of the namespace which "
    "names their Service, so that its connections time out.",
    fix="Add a rule to the policy that lets the caller in.",
    severity=Severity.WARNING,
)
UNENFORCED = "The network plug-in may not enforce policies, or the caller not use that Service: read the caller's log."


def run(ctx: Context) -> Iterator[Finding]:
    """Reports callers of the pods' Services that policies keep out."""
    labels = ctx.target.template.metadata.labels
    listed = ctx.list(Service, ctx.target.namespace)
    services = {each.name: each for each in listed if selects(each.spec.selector, labels)}
    if not services:
        raise NotApplicableError("no Service selects the pods")
    callers = list(_callers(ctx, services))
    if not callers:
        raise NotApplicableError("no other Deployment of the namespace names a Service of the pods")
    for caller, service, port in callers:
        number, names = _target(ctx, service, port)
        if number and (policies := keeping_out(ctx, caller.spec.template.metadata.labels, number, names)):
            yield _finding(ctx, caller, service, number, policies)


def _callers(ctx: Context, services: dict[str, Service]) -> Iterator[tuple[Deployment, Service, int]]:
    """Yields the Deployments that name one of the Services, with the port."""
    namespace = ctx.target.namespace
    for each in ctx.list(Deployment, namespace):
        if each.name == ctx.target.workload or not each.spec.replicas:
            continue
        named = {}
        for host in hosts_of_workload(each.spec.template):
            found = parse(host.host, namespace)
            if found and found.namespace == namespace and found.name in services:
                named[found.name] = host.port
        yield from ((each, services[name], port) for name, port in named.items())


def _target(ctx: Context, service: Service, port: int) -> tuple[int, tuple[str, ...]]:
    """Returns the port of the pods behind a port of a Service, by number and names; 0 where it is unknown."""
    listed = service.spec.ports
    found = next((each for each in listed if each.port == port), listed[0] if len(listed) == 1 else None)
    if found is None:
        return 0, ()
    declared = [each for container in ctx.target.template.spec.running_containers for each in container.ports]
    number = found.target_port or found.port
    if isinstance(number, str):
        number = next((each.container_port for each in declared if each.name == number), 0)
    return number, tuple(each.name for each in declared if each.container_port == number)


def _finding(
    ctx: Context, caller: Deployment, service: Service, port: int, policies: tuple[NetworkPolicy, ...]
) -> Finding:
    namespace, first = ctx.target.namespace, policies[0].name
    show = kubectl.get("networkpolicy", first, namespace=namespace, output="yaml")
    named = ", ".join(each.name for each in policies[:3])
    seen = ctx.record_evidence(
        f"networkpolicy {named}", f"no rule lets in the pods of deployment {caller.name}", command=show
    )
    return BLOCKED.finding(
        f"NetworkPolicy {named} keeps deployment {caller.name} out, which names Service {service.name} of these pods.",
        admit(policies[0], caller.spec.selector.match_labels, port, f"deployment {caller.name}"),
        Step("Read the caller's log.", kubectl.log(f"deployment/{caller.name}", namespace=namespace, tail=20)),
        subjects=tuple(f"networkpolicy/{namespace}/{each.name}" for each in policies),
        evidence=(seen,),
        alternatives=(UNENFORCED,),
    )


CALLERS_ALLOWED = Check(
    id="network.callers-allowed",
    title="NetworkPolicies let in those who call the pods' Services",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(BLOCKED,),
    reads=(
        *lists(Scope.OWN, Service),
        *needed(Necessity.CONDITIONAL, lists(Scope.OWN, NetworkPolicy)),
        *DEPLOYMENTS,
        *optional(lists(Scope.CLUSTER, Namespace)),
    ),
)
