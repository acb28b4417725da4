"""Do the Services of the pods reach them? Kubernetes is content with a Service that selects nobody, or a closed port.

A port is open where something in a ready pod listens on it, by the kernel's own list; where that is not accessible the
ports that the containers declare count, which proves less.
"""

from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.check.rights import Necessity, Scope, lists, needed, optional
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.pods import is_starting
from diagnose.domain.kubernetes.probes import own_port
from diagnose.domain.network.service_selectors import NearMatch, near_match, selects_none
from diagnose.model.report import Evidence, Finding, Severity, Step, Vantage
from diagnose.resources import Deployment, Pod, Service, ServicePort, StatefulSet
from diagnose.resources.meshes import PROXIES
from diagnose.resources.selectors import selects, to_text
from diagnose.text.sentences import fit

PORT = Code(
    id="health.service-port-mismatch",
    meaning="The Service points to a port that the pods do not listen on, or to the name of a port that no container "
    "declares, so its clients are refused. The pods themselves are not affected.",
    fix="Correct the Service's targetPort.",
    # Both compare with the same port of the health endpoint.
    explained_by=("health.port-mismatch",),
)
LOCAL = Code(
    id="network.listens-locally",
    meaning="The program listens on the loopback address only, so all connections from outside of the pod are refused.",
    fix="Let the program listen on all addresses (0.0.0.0 or ::).",
)
NONE_SELECTED = Code(
    id="network.service-selects-none",
    meaning="A Service selects pods by labels that no pod of its namespace has, while the labels of this workload's "
    "pods differ little from them; the Service has no endpoints, and its clients are refused.",
    fix="Correct the Service's selector, or the labels of the pods.",
)
UNDECLARED = "The program may listen on that port without declaring it: connect to the Service to find out."
DELIVERED = "Some versions of the mesh deliver connections to the loopback address: connect to the Service to find out."
ABSENT = "The Service may be for pods that do not exist now, or for a label that a program sets on its own pods."
DECLARED = "the ports that the containers declare"


class _Ports(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the ports of the pods.

    Attributes:
        named: the numbers of the declared names.
        open: the ports on which the pods listen, each with whether only the pod itself can connect; None if unknown.
        declared: the ports that count as open where nothing shows the real ones.
        is_proven: whether the declared ones are those of the program's own log or setting.
    """

    named: dict[str, int]
    open: dict[int, bool] | None
    declared: tuple[int, ...]
    is_proven: bool
    seen: tuple[Evidence, ...] = ()

    def number(self, port: ServicePort) -> int | None:
        """Returns the port of the pods that a port of a Service points to; None for an unknown name."""
        target = port.target_port or port.port
        return target if isinstance(target, int) else self.named.get(target)

    @property
    def right(self) -> tuple[int, ...]:
        """The ports that clients can connect to: of open ones those that are declared, where there are any."""
        if self.open is None:
            return self.declared
        reachable = tuple(sorted(port for port, local in self.open.items() if not local))
        return tuple(port for port in reachable if port in self.declared) or reachable

    def serves(self, number: int | None) -> bool:
        """Whether clients can connect to a port, as far as that is known."""
        if number is None:
            return False
        if self.open is None:
            return number in self.declared or not self.declared
        return self.open.get(number) is False


def run(ctx: Context) -> Iterator[Finding]:
    """Reports Services whose clients cannot reach the pods."""
    services = ctx.list(Service, ctx.target.namespace)
    own = [each for each in services if selects(each.spec.selector, ctx.target.template.metadata.labels)]
    ports = _known_ports(ctx) if own else None
    found = [finding for each in own if ports and (finding := _by_ports(ctx, each, ports))]
    found += [finding for each in services if each not in own and (finding := _by_selector(ctx, each, own))]
    yield from found
    if not own and not found:
        raise NotApplicableError("no Service selects the pods")


def _known_ports(ctx: Context) -> _Ports:
    # An injected container is in the pods alone.
    specs = (ctx.target.template.spec, *(pod.spec for pod in ctx.target.pods))
    containers = [each for spec in specs for each in spec.running_containers]
    ports = [port for each in containers for port in each.ports]
    own_name = ctx.target.container.name
    others = {port.container_port for each in containers if each.name != own_name for port in each.ports}
    logged = ctx.covered(lambda: [own_port(ctx, pod) for pod in ctx.target.pods], by=DECLARED) or ()
    own = {int(port) for port in logged if port.isdigit()}
    open_ports, seen = _open_ports(ctx)
    return _Ports(
        named={port.name: port.container_port for port in ports if port.name},
        open=open_ports,
        declared=tuple(sorted(own | others if own else {port.container_port for port in ports})),
        is_proven=bool(own) or open_ports is not None,
        seen=seen,
    )


def _open_ports(ctx: Context) -> tuple[dict[int, bool] | None, tuple[Evidence, ...]]:
    """Returns the ports that are open in ready pods that have had time to start; None where no survey shows them."""
    found: dict[int, bool] | None = None
    seen: tuple[Evidence, ...] = ()
    for each in ctx.covered(ctx.surveys, by=DECLARED) or ():
        if each.answer.listening is None or not each.pod.ready or is_starting(ctx, each.pod):
            continue
        found = {} if found is None else found
        for one in each.answer.listening:
            found[one.port] = found.get(one.port, True) and one.local
        listed = ", ".join(f"{port} (loopback only)" if local else str(port) for port, local in sorted(found.items()))
        seen = (
            ctx.record_evidence(
                f"pod {each.pod.name}, {each.container}", f"listens on {listed or 'no port'}", Vantage.POD
            ),
        )
    return found, seen


def _by_ports(ctx: Context, service: Service, ports: _Ports) -> Finding | None:
    """Returns the finding about the ports of a Service; of a headless one clients choose the port themselves."""
    if service.spec.cluster_ip == "None":
        return None
    listed = [each for each in service.spec.ports if each.protocol == "TCP"]
    wrong = [each for each in listed if not ports.serves(ports.number(each))]
    if not wrong or (ports.open is None and len(wrong) < len(listed)):
        return None
    only_some = len(wrong) < len(listed)
    local = [each for each in wrong if ports.open and ports.open.get(ports.number(each) or 0)]
    if local:
        return _local_finding(ctx, service, local[0], ports, only_some=only_some)
    return _port_finding(ctx, service, wrong, ports, only_some=only_some)


def _severity(ctx: Context, *, only_some: bool = False, is_proven: bool = True) -> Severity:
    """Returns how severe it is that a Service does not reach the pods: a Temporal worker works without clients."""
    serves_clients = bool(ctx.target.profile.lacks("temporal"))
    return Severity.CRITICAL if serves_clients and is_proven and not only_some else Severity.WARNING


def _port_finding(
    ctx: Context, service: Service, wrong: list[ServicePort], ports: _Ports, *, only_some: bool
) -> Finding:
    points_to = ", ".join(dict.fromkeys(str(each.target_port or each.port) for each in wrong))
    right = ", ".join(map(str, ports.right))
    unnamed = all(ports.number(each) is None for each in wrong)
    is_proven = ports.is_proven or unnamed
    if unnamed:
        problem = "no container declares a port of that name"
    elif ports.open is not None and not ports.right:
        problem = "nothing in the pods listens on any port"
    else:
        problem = f"the {ctx.target.profile.noun} listens on {right}" if is_proven else f"the pods declare {right}"
    return PORT.finding(
        f"Service {service.name} points to port {points_to}, but {problem}.",
        *_fix(ctx, service, wrong[0], ports),
        _compare(ctx, service),
        subjects=(f"service/{service.name}",),
        evidence=(_described(ctx, service), *ports.seen),
        alternatives=() if is_proven else (UNDECLARED,),
        severity=_severity(ctx, only_some=only_some, is_proven=is_proven),
    )


def _fix(ctx: Context, service: Service, wrong: ServicePort, ports: _Ports) -> tuple[Step, ...]:
    """Returns the step that points a Service to the only port that can be meant."""
    if len(ports.right) != 1:
        return ()
    change = {"spec": {"ports": [{"port": wrong.port, "targetPort": ports.right[0]}]}}
    command = kubectl.patch("service", service.name, change, namespace=ctx.target.namespace)
    where = f"service {ctx.target.namespace}/{service.name}"
    return (Step("Point the Service to the port that is open.", command, changes=where),)


def _local_finding(ctx: Context, service: Service, port: ServicePort, ports: _Ports, *, only_some: bool) -> Finding:
    number = ports.number(port)
    meshed = any(each.name in PROXIES for pod in ctx.target.pods for each in pod.spec.all_containers)
    return LOCAL.finding(
        f"The {ctx.target.profile.noun} listens on 127.0.0.1:{number} only, so clients of Service {service.name} "
        "are refused.",
        Step("Find the setting of its address, such as HOST or --bind.", ctx.owner.get(output="yaml")),
        subjects=(f"service/{service.name}",),
        evidence=(_described(ctx, service), *ports.seen),
        alternatives=(DELIVERED,) if meshed else (),
        severity=_severity(ctx, only_some=only_some, is_proven=not meshed),
    )


def _compare(ctx: Context, service: Service) -> Step:
    return Step("Compare the ports.", _show(ctx, service))


def _show(ctx: Context, service: Service) -> Command:
    return kubectl.get("service", service.name, namespace=ctx.target.namespace, output="yaml")


def _described(ctx: Context, service: Service) -> Evidence:
    points = ", ".join(f"{each.port} to {each.target_port or each.port}" for each in service.spec.ports)
    text = f"selects {to_text(service.spec.selector)}; ports: {points}"
    return ctx.record_evidence(f"service {ctx.target.namespace}/{service.name}", text, command=_show(ctx, service))


def _by_selector(ctx: Context, service: Service, own: list[Service]) -> Finding | None:
    """Returns the finding about a Service that selects nobody and nearly this workload."""
    if own and service.name != ctx.target.workload:
        # A further Service may wait for pods that do not exist yet, such as those of a preview.
        return None
    if not ctx.attempt(lambda: selects_none(ctx, service)):
        return None
    near = near_match(ctx, service)
    if near is None or not near.is_meant or not _is_own(ctx, near) or _selects_stateful(ctx, service):
        return None
    selector = to_text(service.spec.selector)
    return NONE_SELECTED.finding(
        fit(f"Service {service.name} selects {selector}, which no pod has", near.text, "so it has no endpoints"),
        near.step(service),
        Step("Compare the labels.", kubectl.get("pods", flags=("--show-labels",), namespace=ctx.target.namespace)),
        subjects=(f"service/{service.name}",),
        evidence=(_described(ctx, service), _labels(ctx)),
        alternatives=(ABSENT,),
        severity=_severity(ctx),
    )


def _is_own(ctx: Context, near: NearMatch) -> bool:
    names = {ctx.target.workload, *(pod.name for pod in ctx.target.pods)}
    owners = {owner.name for pod in ctx.target.pods for owner in pod.metadata.owner_references}
    return near.workload.name in names | owners


def _selects_stateful(ctx: Context, service: Service) -> bool:
    """Whether it selects the pods of a StatefulSet that has none now."""
    listed = ctx.detail(lambda: ctx.list(StatefulSet, ctx.target.namespace)) or ()
    return any(selects(service.spec.selector, each.spec.template.metadata.labels) for each in listed)


def _labels(ctx: Context) -> Evidence:
    labels = ctx.target.template.metadata.labels
    listed = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return ctx.record_evidence(f"pods of {ctx.target.workload}", f"have the labels {listed or 'none'}")


SERVICES_REACH = Check(
    id="network.services-reach",
    title="The Services of the pods select them and point to an open port",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(PORT, LOCAL, NONE_SELECTED),
    reads=(
        *lists(Scope.OWN, Service),
        *optional(lists(Scope.OWN, Pod, Deployment, StatefulSet), EXEC),
        *needed(Necessity.CONDITIONAL, WORKER_LOGS),
    ),
)
