"""Words and steps for a way that does not lead there: the same for a database, Temporal or Vault."""

import difflib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.check import Code, Context
from diagnose.model import Finding, Step
from diagnose.probes.objects import Deployment, Pod
from diagnose.probes.question import CannotLookError
from diagnose.probes.surroundings import NetworkPolicy, Service
from diagnose.reach import Reach, Way, service_of


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """What is to be reached, in words: "the database", and which variable or annotation names it.

    Attributes:
        set_by: how a person changes the address, as a step.
        pods: which pods use this address; empty means all.
    """

    name: str
    host: str
    port: int
    set_by: Step
    pods: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The codes of one topic for the ways that do not lead there."""

    host_not_found: Code
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
        no_endpoints=Code(
            id=f"{topic}.no-endpoints",
            meaning=f"The Service in front of {name} has no ready pod behind it, so connections are refused.",
            fix=f"Bring the pods of {name} back, or correct the Service's selector.",
        ),
        refused=Code(
            id=f"{topic}.refused",
            meaning=f"The host of {name} is there, but nothing listens "
            "on the port, or a policy rejects the connection.",
            fix=f"Correct the port, or start {name}.",
        ),
        timed_out=Code(
            id=f"{topic}.timed-out",
            meaning=f"Packets to {name} are dropped on the way: a NetworkPolicy, a firewall or a missing route.",
            fix=f"Allow the worker's connections to {name}.",
        ),
    )


def name_findings(ctx: Context, codes: Codes, dependency: Dependency, way: Way) -> Iterator[Finding]:
    """What is wrong with the name, nothing where it resolves.

    Raises:
        CannotLookError: nobody could look it up, or DNS gives no answer.
    """
    if way.state is Reach.UNTOLD:
        raise CannotLookError(way.detail or f"nobody could look {dependency.host} up")
    if way.state is Reach.NAME_UNRESOLVED:
        raise CannotLookError(f"DNS gives no answer for {dependency.host}")
    if way.state is not Reach.NO_SUCH_NAME:
        return
    near = _near_name(ctx, dependency.host)
    hint = f"; Service {near} exists" if near else ""
    yield codes.host_not_found.finding(
        f"The host {dependency.host} of {dependency.name} does not exist in DNS{hint}.",
        subjects=(f"host/{dependency.host}",),
        pods=dependency.pods,
        evidence=way.evidence,
        steps=(dependency.set_by, _step_services(ctx, dependency.host)),
    )


def port_findings(ctx: Context, codes: Codes, dependency: Dependency, way: Way) -> Iterator[Finding]:
    """What is wrong with the port.

    Raises:
        CannotLookError: it could not be tried.
    """
    end = f"{dependency.host}:{dependency.port}"
    match way.state:
        case Reach.CONNECTED | Reach.NO_SUCH_NAME | Reach.NAME_UNRESOLVED:
            return
        case Reach.ENDPOINTS_READY:
            ctx.note(
                f"not tried from a pod: {way.detail or 'no container runs'}; Service {way.service} has ready endpoints"
            )
            return
        case Reach.UNTOLD:
            raise CannotLookError(way.detail or f"nobody could try {end}")
        case Reach.NO_ENDPOINTS:
            yield _no_endpoints(ctx, codes, dependency, way)
        case Reach.NO_SUCH_PORT | Reach.REFUSED:
            offered = (
                way.evidence[-1].text if way.state is Reach.NO_SUCH_PORT and way.evidence else "refuses connections"
            )
            yield codes.refused.finding(
                f"{end} of {dependency.name} {'cannot be used: it ' if offered.startswith('has') else ''}{offered}.",
                subjects=(f"service/{way.service}",) if way.service else (f"host/{dependency.host}",),
                pods=dependency.pods,
                evidence=way.evidence,
                steps=(_step_services(ctx, dependency.host), dependency.set_by),
            )
        case Reach.TIMED_OUT | Reach.UNREACHABLE:
            yield _timed_out(ctx, codes, dependency, way)


def _no_endpoints(ctx: Context, codes: Codes, dependency: Dependency, way: Way) -> Finding:
    namespace, _, service = way.service.partition("/")
    why, steps = _why_no_endpoints(ctx, namespace, way)
    selector = ",".join(f"{key}={value}" for key, value in way.selector.items())
    return codes.no_endpoints.finding(
        f"Service {way.service} of {dependency.name} has no ready endpoints ({why}), so connections are refused.",
        subjects=(f"service/{way.service}",),
        pods=dependency.pods,
        evidence=way.evidence,
        steps=(
            *steps,
            Step(
                text="Look at the pods behind the Service.",
                command=f"kubectl -n {namespace} get pods -l {shlex.quote(selector)}",
            ),
            Step(text="Look at its endpoints.", command=f"kubectl -n {namespace} describe service {service}"),
        ),
    )


def _why_no_endpoints(ctx: Context, namespace: str, way: Way) -> tuple[str, tuple[Step, ...]]:
    """Why nothing is behind the Service, with the step that mends it."""
    try:
        pods = [pod for pod in ctx.list(Pod, namespace) if _selects(way.selector, pod.metadata.labels)]
        pods = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
        if pods:
            return f"{len(pods)} pods match, none is ready", (
                Step(text="See why it is not ready.", command=f"kubectl -n {namespace} describe pod {pods[0].name}"),
            )
        for deployment in ctx.list(Deployment, namespace):
            if _selects(way.selector, deployment.spec.template.metadata.labels) and deployment.spec.replicas == 0:
                return f"deployment {deployment.name} is scaled to 0", (
                    Step(
                        text="Scale it up again.",
                        command=f"kubectl -n {namespace} scale deployment/{deployment.name} --replicas=1",
                        changes=f"deployment {namespace}/{deployment.name}",
                    ),
                )
    except CannotLookError:
        return "its pods cannot be seen", ()
    return "no pod matches its selector", ()


def _timed_out(ctx: Context, codes: Codes, dependency: Dependency, way: Way) -> Finding:
    namespace = ctx.target.namespace
    try:
        policies = [each.name for each in ctx.list(NetworkPolicy, namespace)]
    except CannotLookError:
        policies = []
    named = f"; NetworkPolicy {', '.join(policies[:3])} is in force" if policies else ""
    return codes.timed_out.finding(
        f"Connections to {dependency.host}:{dependency.port} of {dependency.name} get no answer{named}.",
        subjects=(f"host/{dependency.host}", *(f"networkpolicy/{name}" for name in policies[:3])),
        pods=dependency.pods,
        evidence=way.evidence,
        alternatives=()
        if policies
        else ("A firewall or a missing route drops packets too; try from a pod of another namespace.",),
        steps=(
            Step(
                text="See which policies select the worker.",
                command=f"kubectl -n {namespace} get networkpolicy -o yaml",
            ),
            dependency.set_by,
        ),
    )


def _selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _near_name(ctx: Context, host: str) -> str:
    """A Service whose name is like the wrong one, in the namespace it names or anywhere that can be seen."""
    named = service_of(host, ctx.target.namespace)
    if named is None:
        return ""
    namespace, name = named
    for place in dict.fromkeys((namespace, ctx.target.namespace)):
        try:
            names = [each.name for each in ctx.list(Service, place)]
        except CannotLookError:
            continue
        if near := difflib.get_close_matches(name, names, n=1, cutoff=0.6):
            return f"{place}/{near[0]}"
    return ""


def _step_services(ctx: Context, host: str) -> Step:
    namespace, _ = service_of(host, ctx.target.namespace) or (ctx.target.namespace, "")
    return Step(text="See which Services there are.", command=f"kubectl -n {namespace} get services,endpointslices")


def set_variable(ctx: Context, name: str, placeholder: str) -> Step:
    """The step that changes a variable of the worker."""
    workload = ctx.names["workload"]
    release = f" (and in the values of Helm release {ctx.names['release']})" if ctx.names["release"] else ""
    return Step(
        text=f"Correct {name}{release}.",
        command=f"kubectl -n {ctx.target.namespace} set env deployment/{workload} "
        f"-c {ctx.names['container']} {name}={placeholder}",
        changes=f"deployment {ctx.target.namespace}/{workload}",
    )
