"""Findings about an unreachable dependency: the same for a database, Temporal or Vault."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.domain.network.backends import similar_host, why_backends_unready, why_no_endpoints, wrong_target_port
from diagnose.domain.network.foreign_backends import UNDECLARED, ForeignBackends, foreign_backends
from diagnose.domain.network.logged_failures import by_failed_lookup
from diagnose.domain.network.network_policies import blocking
from diagnose.domain.network.policy_steps import allow
from diagnose.domain.network.reachability import Reachability, Route
from diagnose.model.report import Alternative, Finding, Step
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Service
from diagnose.resources.selectors import to_text
from diagnose.target.service_names import service_of
from diagnose.text.sentences import MAX_LENGTH, fit, truncate

RIGHT_HOST, RIGHT_PORT = "RIGHT_HOST", "RIGHT_PORT"
"""The placeholders in a command for a host or a port that the user has to fill in."""
NAMED = 30
"""How many characters a sentence leaves for the name of a workload, where a run is about several."""
# By chance a single connection succeeds, or not.
_MIXED = {Reachability.CONNECTED, Reachability.ENDPOINTS_READY, Reachability.REFUSED, Reachability.TIMED_OUT}


class Dependency(msgspec.Struct, frozen=True, kw_only=True):
    """A dependency of the worker, such as "the database", and the variable or annotation with its address.

    Attributes:
        set_by: the step that changes the address, with `RIGHT_HOST` or `RIGHT_PORT` in it as a placeholder.
        pods: the pods that use this address; empty means all.
        later_checks: ids of later checks; matches of these in the worker's log prove that it got that far.
        once_started: what a person does after its server was started again, as a clause.
    """

    name: str
    host: str
    port: int
    set_by: Step
    pods: tuple[str, ...] = ()
    later_checks: tuple[str, ...] = ()
    once_started: str = ""

    @property
    def subject(self) -> str:
        """As a sentence about it begins: "The database", or the host and what names it."""
        if self.name[0].isupper() or self.name.startswith("the "):
            return f"{self.name[0].upper()}{self.name[1:]}"
        return f"{self.host} of {self.name}"


class ReachabilityCodes(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of one topic for an unreachable dependency."""

    host_not_found: Code
    name_unresolved: Code
    no_endpoints: Code
    refused: Code
    timed_out: Code


def codes_for(topic: str, name: str) -> ReachabilityCodes:
    """Returns the codes of a topic for its dependency."""
    return ReachabilityCodes(
        host_not_found=Code(
            id=f"{topic}.host-not-found",
            meaning=f"DNS answers that the host name of {name} does not exist: the name is wrong, not DNS.",
            fix=f"Correct the host name of {name}.",
        ),
        name_unresolved=Code(
            id=f"{topic}.name-unresolved",
            meaning=f"DNS does not answer lookups of the host name of {name}: DNS or the server of its domain is down.",
            fix="Repair DNS; for a name outside the cluster, the server of its domain.",
            transient=True,
        ),
        no_endpoints=Code(
            id=f"{topic}.no-endpoints",
            meaning=f"The Service of {name} has no ready endpoint, so connections are refused.",
            fix=f"Repair the pods of {name}, or correct the Service's selector.",
            transient=True,
        ),
        refused=Code(
            id=f"{topic}.refused",
            meaning=f"The host of {name} is reachable, but nothing listens on the port, or a policy rejects it.",
            fix=f"Correct the port, or start {name}.",
            symptom=True,
            alternatives=(
                "Nothing listens on the port: list the ports of the server's pods and Service.",
                Alternative(
                    "A NetworkPolicy or a firewall rejects the connection instead of dropping it.", f"{topic}.timed-out"
                ),
                Alternative("The name leads to another address.", "network.resolved-elsewhere"),
            ),
            transient=True,
        ),
        timed_out=Code(
            id=f"{topic}.timed-out",
            meaning=f"Packets to {name} are dropped: by a NetworkPolicy, a firewall or a missing route.",
            fix=f"Allow the worker's connections to {name}.",
            symptom=True,
            alternatives=(
                Alternative(
                    "A NetworkPolicy of one side does not allow the connection: list those of both namespaces.",
                    "network.policy-blocks",
                ),
                Alternative(
                    "A firewall or a missing route drops the packets: connect from a pod of another node to find out.",
                    "network.node-path-broken",
                ),
                Alternative("No pod has the address: compare it with the Service's.", "network.endpoints-foreign"),
            ),
            transient=True,
        ),
    )


def logs_contact(ctx: Context, checks: Iterable[str], host: str) -> bool:
    """Whether a log has an error of these checks that only a server with which the program has contact causes."""
    return any(match.is_about(host) for check in checks for match in ctx.matches(check))


def is_reached_by_log(ctx: Context, dependency: Dependency, route: Route) -> bool:
    """Whether the worker's log shows that it got further, where no pod could try."""
    further = route.state is Reachability.UNKNOWN and logs_contact(ctx, dependency.later_checks, dependency.host)
    if further:
        ctx.note(f"no pod could try; the worker's log shows that it reaches {dependency.host}")
        ctx.cover(route.missing, "the worker's log shows that it connects")
    return further


def name_findings(ctx: Context, codes: ReachabilityCodes, dependency: Dependency, route: Route) -> Iterator[Finding]:
    """Yields the findings about the host name.

    Raises:
        NoAnswerError: no pod could look it up, and no log shows how a lookup failed.
    """
    if route.state is Reachability.UNKNOWN:
        route = by_failed_lookup(ctx, route, dependency.host)
    if route.state is Reachability.UNKNOWN:
        raise NoAnswerError(route.detail or f"no pod could look up {dependency.host}")
    steps: tuple[Step, ...]
    if route.state is Reachability.NAME_UNRESOLVED:
        code, summary = codes.name_unresolved, f"DNS does not answer lookups of {dependency.host} of {dependency.name}."
        steps = (Step("List the DNS pods.", kubectl.dns_pods()),)
    elif route.state is Reachability.NO_SUCH_NAME:
        code, fix, hint = codes.host_not_found, _set_name(ctx, dependency, route), ""
        if similar := similar_host(ctx, route.alias or dependency.host, dependency.port):
            fix, hint = replace(fix, command=fix.command.fill(RIGHT_HOST, similar)), f"; {similar} does"
        alias = f", an ExternalName for {route.alias}," if route.alias else ""
        summary = f"The host {dependency.host} of {dependency.name}{alias} does not exist in DNS{hint}."
        steps = (fix, _step_services(ctx, route.alias or dependency.host))
    else:
        return
    yield code.finding(
        summary, *steps, subjects=(f"host/{dependency.host}",), pods=dependency.pods, evidence=route.evidence
    )


def with_similar_host(ctx: Context, found: Finding, dependency: Dependency) -> Finding:
    """Returns a finding that a log reports with the change to a similar host that exists, where there is one."""
    if not (similar := similar_host(ctx, dependency.host, dependency.port)):
        return found
    fix = replace(dependency.set_by, command=dependency.set_by.command.fill(RIGHT_HOST, similar))
    remediation = replace(found.remediation, steps=(fix, *found.remediation.steps))
    summary = truncate(f"The worker cannot resolve {dependency.host} of {dependency.name}; {similar} exists.")
    return replace(found, summary=summary, remediation=remediation)


def _set_name(ctx: Context, dependency: Dependency, route: Route) -> Step:
    """Returns the step that changes the host, or what its Service is only another name of."""
    named = service_of(dependency.host, ctx.target)
    if not route.alias or named is None:
        return dependency.set_by
    change = {"spec": {"externalName": RIGHT_HOST}}
    command = kubectl.patch("service", named[1], change, namespace=named[0])
    return Step("Correct the ExternalName of the Service.", command, changes=f"service {named[0]}/{named[1]}")


def port_findings(ctx: Context, codes: ReachabilityCodes, dependency: Dependency, route: Route) -> Iterator[Finding]:
    """Yields the findings about the port.

    Raises:
        NoAnswerError: no pod could connect to it.
    """
    end = f"{dependency.host}:{dependency.port}"
    if route.state in _MIXED and (foreign := foreign_backends(ctx, route)):
        yield _of_foreign(ctx, codes, dependency, route, foreign)
        return
    match route.state:
        case Reachability.CONNECTED | Reachability.NO_SUCH_NAME | Reachability.NAME_UNRESOLVED:
            return
        case Reachability.ENDPOINTS_READY:
            ctx.note(
                f"not tried from a pod: {route.detail or 'no container runs'}; "
                f"Service {route.service} has ready endpoints"
            )
        case Reachability.UNKNOWN:
            raise NoAnswerError(route.detail or f"no pod could try {end}")
        case Reachability.NO_ENDPOINTS:
            yield _no_endpoints(ctx, codes, dependency, route)
        case Reachability.NO_SUCH_PORT | Reachability.REFUSED:
            yield _refused(ctx, codes, dependency, route)
        case Reachability.TIMED_OUT | Reachability.UNREACHABLE:
            yield _timed_out(ctx, codes, dependency, route)


def _of_foreign(
    ctx: Context, codes: ReachabilityCodes, dependency: Dependency, route: Route, foreign: ForeignBackends
) -> Finding:
    end = f"{dependency.host}:{dependency.port} of {dependency.name}"
    return codes.refused.finding(
        f"A part of the connections to {end} fails: its Service {foreign.text}.",
        foreign.step,
        _step_services(ctx, dependency.host),
        subjects=(f"service/{route.service}",),
        pods=dependency.pods,
        evidence=(*route.evidence, foreign.evidence),
        alternatives=(UNDECLARED,),
    )


def _no_endpoints(ctx: Context, codes: ReachabilityCodes, dependency: Dependency, route: Route) -> Finding:
    namespace, _, service = route.service.partition("/")
    wrong, step = wrong_target_port(ctx, route, dependency.port) if route.backends else ("", ())
    why, steps = (wrong, step) if wrong else why_no_endpoints(ctx, namespace, route.selector)
    selector = to_text(route.selector)
    ctx.record_evidence(f"service {route.service}", f"selects pods by {selector}" if selector else "has no selector")
    pods = Step("List its pods.", kubectl.get("pods", namespace=namespace, selector=selector))
    return codes.no_endpoints.finding(
        fit(f"{dependency.subject} is unreachable: Service {route.service} has no ready endpoints", why),
        *(_with_sequel(each, dependency.once_started) for each in steps),
        *((pods,) if selector else ()),
        Step("Read its endpoints.", kubectl.describe("service", service, namespace=namespace)),
        subjects=(f"service/{route.service}",),
        pods=dependency.pods,
        evidence=route.evidence,
    )


def _with_sequel(step: Step, once_started: str) -> Step:
    """Returns a step that starts a server with what follows it in its sentence; others as they are."""
    starts = step.changes.startswith(("deployment ", "statefulset "))
    return replace(step, text=f"{step.text.removesuffix('.')}; {once_started}.") if starts and once_started else step


def _refused(ctx: Context, codes: ReachabilityCodes, dependency: Dependency, route: Route) -> Finding:
    """Returns the finding about a port that the Service does not have, or that refuses connections."""
    refused = route.state is Reachability.REFUSED
    # A port that the Service does not have is wrong at the caller, whatever else is wrong with the Service.
    subject = f"service/{route.service}" if route.service and refused else f"host/{dependency.host}"
    policies = blocking(ctx, dependency.host, dependency.port) if refused else ()
    offered = route.evidence[-1].text if route.state is Reachability.NO_SUCH_PORT and route.evidence else ""
    inspect = _step_services(ctx, dependency.host)
    set_by = _with_offered_port(ctx, dependency, route) if offered else dependency.set_by
    wrong, fix = wrong_target_port(ctx, route, dependency.port) if refused and route.service else ("", ())
    unready = why_backends_unready(ctx, route) if refused and not wrong else ""
    end = f"{dependency.host}:{dependency.port} of {dependency.name}"
    summary = f"{end} refuses connections{unready}{f': its Service {wrong}' if wrong else ''}."
    if offered:
        # What the Service has instead says more than where the address is from, which the fix names.
        ends = (end, f"{dependency.host}:{dependency.port}")
        sentences = [f"{each} does not exist: its Service {offered}." for each in ends]
        summary = next((each for each in sentences if len(each) <= MAX_LENGTH - NAMED), sentences[-1])
    # Some network plug-ins reject what a policy forbids, which is the same as a closed port for the client.
    rejects = f"NetworkPolicy {', '.join(policies[:3])} may reject it: connect from a pod that it does not select."
    empty = f"Service {route.service} may have no such port or no ready endpoint; it is not accessible to diagnose."
    return codes.refused.finding(
        summary,
        *fix,
        *((_read_server(route), inspect) if unready else (set_by, inspect) if offered else (inspect, set_by)),
        subjects=(subject,),
        pods=dependency.pods,
        evidence=route.evidence,
        proof="its Service and the pods behind it show why" if offered or wrong or unready else "",
        alternatives=(*((rejects,) if policies else ()), *((empty,) if route.inaccessible else ())),
    )


def _read_server(route: Route) -> Step:
    """Returns the step that shows why the pods of a Service do not stay ready."""
    namespace, _, name = route.service.partition("/")
    return Step("Read why its pods restart.", kubectl.log(f"service/{name}", namespace=namespace, tail=40))


def _with_offered_port(ctx: Context, dependency: Dependency, route: Route) -> Step:
    """Returns the step that changes the address with the port of the Service, where that has only one."""
    namespace, _, name = route.service.partition("/")
    services = ctx.detail(lambda: ctx.list(Service, namespace)) or ()
    ports = [port.port for each in services if each.name == name for port in each.spec.ports]
    step = dependency.set_by
    return replace(step, command=step.command.fill(RIGHT_PORT, str(ports[0]))) if len(ports) == 1 else step


def _timed_out(ctx: Context, codes: ReachabilityCodes, dependency: Dependency, route: Route) -> Finding:
    policies = blocking(ctx, dependency.host, dependency.port)
    end = f"{dependency.host}:{dependency.port} of {dependency.name}"
    summary = f"Connections to {end} {'time out' if route.state is Reachability.TIMED_OUT else 'find no route'}."
    if policies:
        summary = f"NetworkPolicy {', '.join(policies[:3])} blocks connections to {end}."
    elsewhere = "A firewall or a missing route drops packets, too; connect from a pod of another namespace to find out."
    where = policies[0].partition("/")[0] if policies else ctx.target.namespace
    read = kubectl.get("networkpolicy", namespace=where, output="yaml")
    return codes.timed_out.finding(
        summary,
        *(allow(ctx, {dependency.name: (dependency.host, dependency.port)}) if policies else ()),
        Step("Read what the policies of the pods allow.", read),
        *(() if policies else (dependency.set_by,)),
        subjects=(f"host/{dependency.host}", *(f"networkpolicy/{name}" for name in policies[:3])),
        pods=dependency.pods,
        evidence=route.evidence,
        proof=f"NetworkPolicy {policies[0]} does not allow the connection" if policies else "",
        alternatives=() if policies else (elsewhere,),
    )


def _step_services(ctx: Context, host: str) -> Step:
    namespace, _ = service_of(host, ctx.target) or (ctx.target.namespace, "")
    return Step("List the Services.", kubectl.get("services,endpointslices", namespace=namespace))


def set_variable(ctx: Context, name: str, value: str) -> Step:
    """Returns the step that changes a variable of the worker."""
    release = f" (and in the values of Helm release {ctx.names['release']})" if ctx.names["release"] else ""
    return Step(
        f"Correct {name}{release}.",
        ctx.owner.set_env(f"{name}={value}", container=ctx.names["container"]),
        changes=ctx.deployment,
    )
