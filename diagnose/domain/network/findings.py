"""Words and steps for a way that does not lead there: the same for a database, Temporal or Vault."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.domain.network.backends import near_name, unready_behind, why_no_endpoints, wrong_target
from diagnose.domain.network.network_policies import blocking
from diagnose.domain.network.reachability import Reach, Route, service_of
from diagnose.model.report import Finding, Step
from diagnose.queries.query import NoAnswerError
from diagnose.resources.selectors import to_text
from diagnose.text.sentences import fit

RIGHT_HOST = "RIGHT_HOST"
"""Stands in a command for a host that only a person knows."""


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """What is to be reached, in words: "the database", and which variable or annotation names it.

    Attributes:
        set_by: how a person changes the address, as a step; `RIGHT_HOST` in it is what the host should be.
        pods: which pods use this address; empty means all.
        told_by: ids of later checks; where the worker's log answers one of them, it got that far.
    """

    name: str
    host: str
    port: int
    set_by: Step
    pods: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The codes of one topic for the ways that do not lead there."""

    host_not_found: Code
    name_unresolved: Code
    no_endpoints: Code
    refused: Code
    timed_out: Code


def codes_for(topic: str, name: str) -> Codes:
    """The codes of a topic, in the words of its dependency."""
    return Codes(
        host_not_found=Code(
            id=f"{topic}.host-not-found",
            meaning=f"DNS answers that the host name of {name} does not exist: the name is wrong, not DNS.",
            fix=f"Correct the host name of {name}.",
        ),
        name_unresolved=Code(
            id=f"{topic}.name-unresolved",
            meaning=f"Nobody answers a lookup of the host name of {name}: DNS is down, or the server of its domain is.",
            fix="Bring DNS back; for a name outside the cluster, that of its domain.",
            transient=True,
        ),
        no_endpoints=Code(
            id=f"{topic}.no-endpoints",
            meaning=f"The Service in front of {name} has no ready pod behind it, so connections are refused.",
            fix=f"Bring the pods of {name} back, or correct the Service's selector.",
            transient=True,
        ),
        refused=Code(
            id=f"{topic}.refused",
            meaning=f"The host of {name} is there, but nothing listens on the port, or a policy rejects it.",
            fix=f"Correct the port, or start {name}.",
            transient=True,
        ),
        timed_out=Code(
            id=f"{topic}.timed-out",
            meaning=f"Packets to {name} are dropped on the way: a NetworkPolicy, a firewall or a missing route.",
            fix=f"Allow the worker's connections to {name}.",
            transient=True,
        ),
    )


def told_by_log(ctx: Context, dependency: Dependency, route: Route) -> bool:
    """Whether, where nobody could try, the worker's own log shows that it got further."""
    further = route.state is Reach.UNKNOWN and any(ctx.matches(check) for check in dependency.told_by)
    if further:
        ctx.note(f"no pod could try; the worker's log shows how far it gets with {dependency.host}")
    return further


def name_findings(ctx: Context, codes: Codes, dependency: Dependency, route: Route) -> Iterator[Finding]:
    """What is wrong with the name.

    Raises:
        NoAnswerError: nobody could look it up.
    """
    if route.state is Reach.UNKNOWN:
        raise NoAnswerError(route.detail or f"nobody could look {dependency.host} up")
    if route.state is Reach.NAME_UNRESOLVED:
        summary = f"Lookups of {dependency.host} of {dependency.name} get no answer."
        look = Step(text="Look at the DNS pods.", command=kubectl.dns_pods())
        yield _about_host(codes.name_unresolved, summary, dependency, route, (look,))
    if route.state is Reach.NO_SUCH_NAME:
        near = near_name(ctx, dependency.host)
        hint = f"; {near} does" if near else ""
        summary = f"The host {dependency.host} of {dependency.name} does not exist in DNS{hint}."
        steps = (_with_host(dependency.set_by, near), _step_services(ctx, dependency.host))
        yield _about_host(codes.host_not_found, summary, dependency, route, steps)


def _with_host(step: Step, host: str) -> Step:
    """The step with the host that was meant, where one is known."""
    return replace(step, command=step.command.fill(RIGHT_HOST, host)) if host else step


def _about_host(code: Code, summary: str, dependency: Dependency, route: Route, steps: tuple[Step, ...]) -> Finding:
    return code.finding(
        summary, steps=steps, subjects=(f"host/{dependency.host}",), pods=dependency.pods, evidence=route.evidence
    )


def port_findings(ctx: Context, codes: Codes, dependency: Dependency, route: Route) -> Iterator[Finding]:
    """What is wrong with the port.

    Raises:
        NoAnswerError: it could not be tried.
    """
    end = f"{dependency.host}:{dependency.port}"
    match route.state:
        case Reach.CONNECTED | Reach.NO_SUCH_NAME | Reach.NAME_UNRESOLVED:
            return
        case Reach.ENDPOINTS_READY:
            ctx.note(
                f"not tried from a pod: {route.detail or 'no container runs'}; "
                f"Service {route.service} has ready endpoints"
            )
        case Reach.UNKNOWN:
            raise NoAnswerError(route.detail or f"nobody could try {end}")
        case Reach.NO_ENDPOINTS:
            yield _no_endpoints(ctx, codes, dependency, route)
        case Reach.NO_SUCH_PORT | Reach.REFUSED:
            yield _refused(ctx, codes, dependency, route)
        case Reach.TIMED_OUT | Reach.UNREACHABLE:
            yield _timed_out(ctx, codes, dependency, route)


def _no_endpoints(ctx: Context, codes: Codes, dependency: Dependency, route: Route) -> Finding:
    namespace, _, service = route.service.partition("/")
    wrong, step = wrong_target(ctx, route, dependency.port) if route.backends else ("", ())
    why, steps = (wrong, step) if wrong else why_no_endpoints(ctx, namespace, route.selector)
    selector = to_text(route.selector)
    ctx.record_evidence(f"service {route.service}", f"selects pods by {selector}" if selector else "has no selector")
    pods = Step(text="Look at its pods.", command=kubectl.get("pods", namespace=namespace, selector=selector))
    return codes.no_endpoints.finding(
        fit(f"Service {route.service} of {dependency.name} has no ready endpoints", why, "so connections are refused"),
        subjects=(f"service/{route.service}",),
        pods=dependency.pods,
        evidence=route.evidence,
        steps=(
            *steps,
            *((pods,) if selector else ()),
            Step(text="Look at its endpoints.", command=kubectl.describe("service", service, namespace=namespace)),
        ),
    )


def _refused(ctx: Context, codes: Codes, dependency: Dependency, route: Route) -> Finding:
    """A port that the Service does not offer, or a refusal that endpoints do not explain."""
    policies = blocking(ctx, dependency.host, dependency.port) if route.state is Reach.REFUSED else ()
    offered = route.evidence[-1].text if route.state is Reach.NO_SUCH_PORT and route.evidence else ""
    look = _step_services(ctx, dependency.host)
    wrong, mend = (
        wrong_target(ctx, route, dependency.port) if route.state is Reach.REFUSED and route.service else ("", ())
    )
    unready = unready_behind(ctx, route) if route.state is Reach.REFUSED and not wrong else ""
    why = f"cannot be used: its Service {offered}" if offered else f"refuses connections{unready}"
    # Some network plug-ins reject what a policy forbids, which looks the same as a closed port.
    rejects = f"NetworkPolicy {', '.join(policies[:3])} may reject it: connect from a pod that it does not select."
    return codes.refused.finding(
        f"{dependency.host}:{dependency.port} of {dependency.name} {why}{f': its Service {wrong}' if wrong else ''}.",
        subjects=(f"service/{route.service}",) if route.service else (f"host/{dependency.host}",),
        pods=dependency.pods,
        evidence=route.evidence,
        alternatives=(rejects,) if policies else (),
        steps=(*mend, *((dependency.set_by, look) if offered else (look, dependency.set_by))),
    )


def _timed_out(ctx: Context, codes: Codes, dependency: Dependency, route: Route) -> Finding:
    policies = blocking(ctx, dependency.host, dependency.port)
    named = f"; NetworkPolicy {', '.join(policies[:3])} does not allow them" if policies else ""
    elsewhere = "A firewall or a missing route drops packets too; connect from a pod of another namespace to tell."
    return codes.timed_out.finding(
        f"Connections to {dependency.host}:{dependency.port} of {dependency.name} get no answer{named}.",
        subjects=(f"host/{dependency.host}", *(f"networkpolicy/{name}" for name in policies[:3])),
        pods=dependency.pods,
        evidence=route.evidence,
        alternatives=() if policies else (elsewhere,),
        steps=(
            Step(
                text="See what the policies on the worker allow.",
                command=kubectl.get("networkpolicy", namespace=ctx.target.namespace, output="yaml"),
            ),
            dependency.set_by,
        ),
    )


def _step_services(ctx: Context, host: str) -> Step:
    namespace, _ = service_of(host, ctx.target.namespace) or (ctx.target.namespace, "")
    return Step(
        text="See which Services there are.", command=kubectl.get("services,endpointslices", namespace=namespace)
    )


def set_variable(ctx: Context, name: str, value: str) -> Step:
    """The step that changes a variable of the worker."""
    workload = ctx.names["workload"]
    release = f" (and in the values of Helm release {ctx.names['release']})" if ctx.names["release"] else ""
    return Step(
        text=f"Correct {name}{release}.",
        command=ctx.owner.set_env(f"{name}={value}", container=ctx.names["container"]),
        changes=f"deployment {ctx.target.namespace}/{workload}",
    )
